import { connect } from './database.ts';

const database = await connect();
try {
  const { rows } = await database.query(`
    SELECT count(*)::int AS count, avg(load_average)::real AS mean, max(load_average) AS peak
    FROM demo_measurements
    WHERE measured_at > now() - interval '1 hour'`);
  const { count, mean, peak } = rows[0];
  if (count === 0) console.log('Nothing was measured in the last hour.');
  else console.log(`${count} measurements: load ${mean.toFixed(2)} on average, ${peak.toFixed(2)} at most.`);
} finally {
  await database.end();
}
