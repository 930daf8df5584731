import { fileURLToPath } from 'node:url';
import { runner } from 'node-pg-migrate';
import type { ClientBase, Pool } from 'pg';
import type { Logger } from '../../log.ts';

const MIGRATIONS = fileURLToPath(new URL('../../../migrations', import.meta.url));

/**
 * Brings the schema `gitcron` up to date. Several supervisors may do it at once: one works, the
 * others wait for its lock and find nothing left to do. It all happens or nothing does.
 */
export async function migrate(pool: Pool, logger: Logger): Promise<void> {
  const client = await pool.connect();
  try {
    await makeSchema(client);
    const done = await runner({
      dbClient: client,
      dir: MIGRATIONS,
      direction: 'up',
      schema: 'gitcron',
      migrationsSchema: 'gitcron',
      migrationsTable: 'migrations',
      advisoryLockMode: 'wait',
      logger: { debug() {}, info() {}, warn: () => {}, error: () => {} },
    });
    for (const { name } of done) logger.info(`database: applied ${name}`);
    client.release();
  } catch (error) {
    client.release(true);
    throw error;
  }
}

/** `CREATE SCHEMA IF NOT EXISTS` asks for the right to create even when there is nothing to do. */
async function makeSchema(client: ClientBase): Promise<void> {
  const { rowCount } = await client.query(`SELECT 1 FROM pg_namespace WHERE nspname = 'gitcron'`);
  if (rowCount === 0) await client.query('CREATE SCHEMA IF NOT EXISTS gitcron');
}
