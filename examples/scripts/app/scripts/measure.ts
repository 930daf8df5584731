import { freemem, loadavg } from 'node:os';
import { withDatabase } from './database.ts';

const [load = 0] = loadavg();
const free = freemem();

const count = await withDatabase(async (client) => {
  await client.query(
    'INSERT INTO demo_measurements (load_average, free_bytes, run_id) VALUES ($1, $2, $3)',
    [load, free, process.env.GITCRON_RUN_ID ?? null],
  );
  const result = await client.query('SELECT count(*)::int AS count FROM demo_measurements');
  return result.rows[0].count;
});

console.log(`Load ${load.toFixed(2)}, ${Math.round(free / 2 ** 20)} MiB free; measurements so far: ${count}.`);
