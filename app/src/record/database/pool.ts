import { Pool } from 'pg';
import type { Logger } from '@gitcron/base/log';
import { shieldSession } from './client.ts';
import { clientFor } from './late-client.ts';

/** A database that accepts and never answers must not hold anybody up for longer. */
const ANSWER_TIMEOUT_MS = 30_000;

/**
 * Connections to the supervisor's own database. Nothing is connected until the first query.
 * @throws CodedError GITCRON_E_DATABASE_URL
 */
export function createPool(databaseUrl: string, logger: Logger, connections: number): Pool {
  const pool = new Pool({
    Client: clientFor(databaseUrl, {
      // The best plan for a filter depends on its value, and compiling one takes longer than it runs.
      plan_cache_mode: 'force_custom_plan',
      jit: 'off',
      timezone: 'UTC',
    }),
    // oxlint-disable-next-line typescript/no-misused-promises -- pg-pool waits for it; its types do not say so
    onConnect: shieldSession,
    max: connections,
    application_name: 'gitcron',
    connectionTimeoutMillis: 10_000,
    query_timeout: ANSWER_TIMEOUT_MS,
    idle_in_transaction_session_timeout: ANSWER_TIMEOUT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: 60_000,
  });
  // An idle connection that breaks is replaced by the next query, which tells when it cannot.
  pool.on('error', (error) => logger.debug({ error: error.message }, 'a connection broke'));
  // One that breaks while somebody holds it tells by its queries, but only after this event.
  pool.on('connect', (client) => void client.on('error', () => {}));
  return pool;
}
