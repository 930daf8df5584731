import { fileURLToPath } from 'node:url';
import { runner } from 'node-pg-migrate';
import { DatabaseError, type ClientBase } from 'pg';
import { CodedError } from '@gitcron/base/coded-error';
import type { Logger } from '@gitcron/base/log';
import { checkSchemaOwner } from './schema-owner.ts';
import { withClient } from './with-client.ts';

const MIGRATIONS = fileURLToPath(new URL('../../../migrations', import.meta.url));

/** Nobody waits longer for a lock: what waits for one on a table holds up everybody behind it. */
const LOCK_TIMEOUT = '10s';

/** SQLSTATE lock_not_available. */
const LOCK_NOT_AVAILABLE = '55P03';

/**
 * Brings the schema `gitcron` up to date; all of it happens or nothing does. Several supervisors
 * may do it at once: one works, the others wait for its lock and find nothing left to do.
 *
 * The lock is on a table, because only its owner can take that. An advisory lock belongs to the
 * whole database: a script could hold it for ever, by chance or on purpose.
 *
 * @throws CodedError GITCRON_E_RECORD_LOCKED when a lock is not to be had now; try again.
 * @throws CodedError GITCRON_E_RECORD_OWNER when somebody else made the schema.
 */
export async function migrate(databaseUrl: string, logger: Logger): Promise<void> {
  const tell = (text: string): void => logger.debug(text);
  const apply = (): Promise<{ name: string }[]> =>
    withClient(databaseUrl, async (client) => {
      await client.query(`SET lock_timeout = '${LOCK_TIMEOUT}'`);
      return runner({
        dbClient: client,
        dir: MIGRATIONS,
        direction: 'up',
        // It sets the search path: that of all our connections.
        schema: 'pg_catalog',
        migrationsSchema: 'gitcron',
        migrationsTable: 'migrations',
        noLock: true,
        singleTransaction: true,
        // What fails is thrown, too, and said by the caller: once, however often it is tried.
        logger: { info() {}, warn: tell, error: tell },
      });
    });
  // Another connection than the one that works, because a lock on a table needs a transaction, and
  // the runner begins its own.
  const done = await withClient(databaseUrl, async (client) => {
    await makeLock(client);
    await client.query('BEGIN');
    await client.query(`SET LOCAL lock_timeout = '${LOCK_TIMEOUT}'`);
    try {
      await client.query('LOCK TABLE gitcron.migration_lock IN ACCESS EXCLUSIVE MODE');
      const applied = await apply();
      await client.query('COMMIT');
      return applied;
    } catch (error) {
      throw isLocked(error) ? locked(error) : error;
    }
  });
  for (const { name } of done) logger.info(`database: applied ${name}`);
}

/** `IF NOT EXISTS` asks for the right to create even when there is nothing to do. */
async function makeLock(client: ClientBase): Promise<void> {
  const { rowCount } = await client.query(`SELECT 1 FROM pg_namespace WHERE nspname = 'gitcron'`);
  if (rowCount === 0) await client.query('CREATE SCHEMA IF NOT EXISTS gitcron');
  await checkSchemaOwner(client);
  const { rows } = await client.query<{ exists: boolean }>(
    `SELECT to_regclass('gitcron.migration_lock') IS NOT NULL AS exists`,
  );
  if (rows[0]?.exists === true) return;
  await client.query('CREATE TABLE IF NOT EXISTS gitcron.migration_lock ()');
}

function isLocked(error: unknown): error is DatabaseError {
  return error instanceof DatabaseError && error.code === LOCK_NOT_AVAILABLE;
}

function locked(cause: DatabaseError): CodedError {
  return new CodedError(
    'GITCRON_E_RECORD_LOCKED',
    'The tables of history are in use by somebody else and cannot be brought up to date.',
    {
      cause,
      hint: 'It is tried again. Another supervisor may be at it, or a backup; pg_locks shows who.',
    },
  );
}
