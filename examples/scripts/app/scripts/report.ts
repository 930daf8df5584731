import { writeFileSync } from 'node:fs';
import { withDatabase } from './database.ts';

const { rows } = await withDatabase((client) =>
  client.query(`
    SELECT count(*)::int AS count,
           round(avg(load_average)::numeric, 2) AS load,
           min(free_bytes) / 1048576 AS least_free_mib
      FROM demo_measurements
     WHERE measured_at > now() - interval '1 day'`),
);

console.log('The last day:', rows[0]);
// What a script writes to this file becomes the result of its run.
if (process.env.GITCRON_RESULT_FILE) {
  writeFileSync(process.env.GITCRON_RESULT_FILE, JSON.stringify(rows[0]));
}
