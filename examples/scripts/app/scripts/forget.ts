import { connect } from './database.ts';

const database = await connect();
try {
  const { rowCount } = await database.query('DELETE FROM demo_measurements');
  console.log(`Forgot ${rowCount} measurements.`);
} finally {
  await database.end();
}
