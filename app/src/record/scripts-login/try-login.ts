import { DatabaseError } from 'pg';
import { DatabaseClient, databaseConfig } from '../database/client.ts';

/** Why nobody can log in with what jobs get. */
export type Obstacle =
  /** The password is another one, or the role is not there: Postgres does not say which. */
  | 'password'
  /** The role may not log in, or not from here. */
  | 'barred'
  /** The role may not connect to this database. */
  | 'right'
  | 'database'
  /** The role, or the server, has no connection left. */
  | 'connections'
  /** The server's table of locks is full. */
  | 'locks';

export type LoginOutcome =
  | { readonly kind: 'open' }
  | { readonly kind: 'shut'; readonly obstacle: Obstacle; readonly cause: DatabaseError }
  /** It does not answer, or whoever answers is no server of ours. */
  | { readonly kind: 'away' };

/** By SQLSTATE, as the server answers a log-in. */
const OBSTACLES: Readonly<Record<string, Obstacle>> = {
  '28P01': 'password',
  '28000': 'barred',
  '42501': 'right',
  '3D000': 'database',
  '53300': 'connections',
  '53200': 'locks',
};

/** Logs in as a job does, and out again. */
export async function tryLogin(url: string): Promise<LoginOutcome> {
  const client = new DatabaseClient({
    ...databaseConfig(url),
    application_name: 'gitcron: can jobs log in?',
    connectionTimeoutMillis: 5000,
  });
  client.on('error', () => {});
  try {
    await client.connect();
    return { kind: 'open' };
  } catch (error) {
    const cause = error instanceof DatabaseError ? error : null;
    const obstacle = OBSTACLES[cause?.code ?? ''];
    return cause === null || obstacle === undefined
      ? { kind: 'away' }
      : { kind: 'shut', obstacle, cause };
  } finally {
    client.end().catch(() => {});
  }
}
