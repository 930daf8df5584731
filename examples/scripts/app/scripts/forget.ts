import { withDatabase } from './database.ts';

const { rowCount } = await withDatabase((client) =>
  client.query(`DELETE FROM demo_measurements WHERE measured_at < now() - interval '30 days'`),
);
console.log(`Deleted ${rowCount} old measurements.`);
