import pg from 'pg';

/** Connects as DATABASE_URL says and makes the table if this database has none yet. */
export async function connect(): Promise<pg.Client> {
  const connectionString = process.env.DATABASE_URL;
  if (!connectionString) {
    throw new Error('DATABASE_URL is not set: this script needs a database.');
  }
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 5_000 });
  await client.connect();
  await client.query(`
    CREATE TABLE IF NOT EXISTS demo_measurements (
      id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      measured_at  timestamptz NOT NULL DEFAULT now(),
      load_average real NOT NULL,
      free_bytes   bigint NOT NULL,
      run_id       text
    )`);
  return client;
}
