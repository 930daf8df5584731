import { freemem, loadavg } from 'node:os';
import { connect } from './database.ts';

const database = await connect();
try {
  const load = loadavg()[0];
  await database.query(
    'INSERT INTO demo_measurements (load_average, free_bytes, run_id) VALUES ($1, $2, $3)',
    [load, freemem(), process.env.GITCRON_RUN_ID ?? null],
  );
  // A demo must not fill the disk of somebody who forgets about it.
  await database.query(`DELETE FROM demo_measurements WHERE measured_at < now() - interval '1 day'`);
  const { rows } = await database.query('SELECT count(*)::int AS total FROM demo_measurements');
  console.log(`Load ${load.toFixed(2)}; ${rows[0].total} measurements in the table.`);
} finally {
  await database.end();
}
