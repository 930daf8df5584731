import pg from 'pg';

/** Runs `work` with a connection to the database that Gitcron gives to jobs. */
export async function withDatabase<Result>(work: (client: pg.Client) => Promise<Result>) {
  if (!process.env.DATABASE_URL && !process.env.PGHOST) {
    throw new Error('No database credentials: set DATABASE_URL, or PGHOST and its companions.');
  }
  // Without a connection string, pg reads the PG* variables itself.
  const client = new pg.Client(process.env.DATABASE_URL);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
