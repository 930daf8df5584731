import { Client } from 'pg';

/** One connection for work that may take its time: migrations, the index of a long history. */
export async function withClient<Result>(
  databaseUrl: string,
  body: (client: Client) => Promise<Result>,
): Promise<Result> {
  const client = new Client({
    connectionString: databaseUrl,
    application_name: 'gitcron set-up',
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
  });
  // The query under way tells, too; without a listener this would end the process.
  client.on('error', () => {});
  try {
    await client.connect();
    return await body(client);
  } finally {
    await client.end();
  }
}
