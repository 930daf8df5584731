import { fileURLToPath } from 'node:url';
import { runner } from 'node-pg-migrate';
import type { ClientBase } from 'pg';
import type { Logger } from '../../log.ts';
import { withClient } from './with-client.ts';

const MIGRATIONS = fileURLToPath(new URL('../../../migrations', import.meta.url));

/**
 * Brings the schema `gitcron` up to date. Several supervisors may do it at once: one works, the
 * others wait for its lock and find nothing left to do. It all happens or nothing does.
 */
export async function migrate(databaseUrl: string, logger: Logger): Promise<void> {
  const done = await withClient(databaseUrl, async (client) => {
    await makeSchema(client);
    return runner({
      dbClient: client,
      dir: MIGRATIONS,
      direction: 'up',
      schema: 'gitcron',
      migrationsSchema: 'gitcron',
      migrationsTable: 'migrations',
      advisoryLockMode: 'wait',
      logger: { info() {}, warn: (text) => logger.warn(text), error: (text) => logger.error(text) },
    });
  });
  for (const { name } of done) logger.info(`database: applied ${name}`);
}

/** `CREATE SCHEMA IF NOT EXISTS` asks for the right to create even when there is nothing to do. */
async function makeSchema(client: ClientBase): Promise<void> {
  const { rowCount } = await client.query(`SELECT 1 FROM pg_namespace WHERE nspname = 'gitcron'`);
  if (rowCount === 0) await client.query('CREATE SCHEMA IF NOT EXISTS gitcron');
}
