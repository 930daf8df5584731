import type { Client } from 'pg';
import { DatabaseClient, databaseConfig, shieldSession } from './client.ts';

/** One connection for work that may take its time: migrations, the index of a long history. */
export async function withClient<Result>(
  databaseUrl: string,
  body: (client: Client) => Promise<Result>,
): Promise<Result> {
  const client = new DatabaseClient({
    ...databaseConfig(databaseUrl),
    application_name: 'gitcron set-up',
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 60_000,
  });
  // The query under way tells, too; without a listener this would end the process.
  client.on('error', () => {});
  try {
    await client.connect();
    await shieldSession(client);
    return await body(client);
  } finally {
    // Not awaited: a server that is gone does not answer a goodbye.
    client.end().catch(() => {});
  }
}
