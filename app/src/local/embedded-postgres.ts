import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pRetry from 'p-retry';
import { escapeIdentifier } from 'pg';
import { CodedError } from '@gitcron/base/coded-error';
import { withClient } from '../record/database/with-client.ts';
import { freePort } from './free-port.ts';
import { socketUrl, type PostgresAddress } from './postgres-address.ts';
import { ensurePostgresData } from './postgres-data.ts';
import { postgresPrograms } from './postgres-programs.ts';
import { startPostgresServer, type PostgresServer } from './postgres-server.ts';
import { makeSocketDirectory } from './socket-directory.ts';

/** A real Postgres server on this machine alone, with its data in a directory of ours. */
export interface EmbeddedPostgres {
  readonly address: PostgresAddress;
  /** The superuser's connection to a database, through the socket. */
  superuserUrl(database: string): string;
  stop(): Promise<void>;
}

export interface EmbeddedPostgresOptions {
  /** Made on first use; everything in it belongs to the server. */
  readonly directory: string;
  readonly database: string;
  /** The superuser's. */
  readonly password: string;
  /** Who gets in over TCP, as lines of pg_hba.conf. */
  readonly overTcp: readonly string[];
  /** Default: one that is free. */
  readonly port?: number;
  /** Settings of the server (postgresql.conf) besides our own. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** It has ended, and not because it was stopped, or could not be started again: once an outage. */
  readonly onLoss?: (error: CodedError) => void;
  /** It was started again, and answers. */
  readonly onReturn?: () => void;
}

/** Through the socket, which only its user reaches, everybody with a password. */
const OVER_SOCKET = 'local all all scram-sha-256';

const PARAMETERS = {
  unix_socket_permissions: '0700',
  logging_collector: 'off',
  log_destination: 'stderr',
  // Nothing rotates the log: whoever sends a wrong statement is told so, and it has no line here.
  log_min_messages: 'log',
  log_checkpoints: 'off',
  max_connections: '60',
  // Connections that never log in take up places.
  authentication_timeout: '10s',
};
/** Before it is started again; doubled each time. */
const SHORTEST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 30_000;

/**
 * Starts the server, and makes its database when the directory is new. When it ends by itself it is
 * started again, at the same port and with ever longer waits.
 */
export async function startEmbeddedPostgres(
  options: EmbeddedPostgresOptions,
): Promise<EmbeddedPostgres> {
  const data = join(options.directory, 'data');
  const log = join(options.directory, 'postgres.log');
  const hba = join(options.directory, 'pg_hba.conf');
  const programs = await postgresPrograms();
  await ensurePostgresData(programs.initdb, data, options.password);
  await rm(log, { force: true });
  // Written at each start: a directory of before has another one.
  await writeFile(hba, [OVER_SOCKET, ...options.overTcp, ''].join('\n'), { mode: 0o600 });
  const port = options.port ?? (await freePort());
  const socket = await makeSocketDirectory(options.directory, `.s.PGSQL.${port}.lock`);
  const address: PostgresAddress = { socketDirectory: socket.path, port };
  const superuserUrl = (database: string) =>
    socketUrl(address, { role: 'postgres', password: options.password, database });
  const stopping = new AbortController();
  const start = () =>
    startPostgresServer({
      program: programs.postgres,
      data,
      log,
      port,
      url: superuserUrl('postgres'),
      parameters: {
        ...PARAMETERS,
        hba_file: hba,
        unix_socket_directories: asListItem(socket.path),
        ...options.parameters,
      },
      signal: stopping.signal,
    });
  await using unfinished = new AsyncDisposableStack();
  unfinished.defer(() => socket.remove());
  const first = await start();
  unfinished.defer(() => first.stop());
  await createDatabase(superuserUrl('postgres'), options.database);
  unfinished.move();
  const kept = keepRunning(first, start, { ...options, log, signal: stopping.signal });
  return {
    address,
    superuserUrl,
    async stop() {
      stopping.abort();
      await kept;
      await socket.remove();
    },
  };
}

interface KeepRunningOptions extends Pick<EmbeddedPostgresOptions, 'onLoss' | 'onReturn'> {
  readonly log: string;
  readonly signal: AbortSignal;
}

/** Settles when the last of the servers has been stopped. */
async function keepRunning(
  first: PostgresServer,
  start: () => Promise<PostgresServer>,
  { log, signal, onLoss, onReturn }: KeepRunningOptions,
): Promise<void> {
  const aborted = once(signal, 'abort');
  let server: PostgresServer | null = first;
  let isDown = false;
  const life = async () => {
    server ??= await start();
    if (isDown) onReturn?.();
    isDown = false;
    await Promise.race([server.ended, aborted]);
    if (signal.aborted) return server.stop();
    server = null;
    throw lost(log);
  };
  await pRetry(life, {
    retries: Number.POSITIVE_INFINITY,
    minTimeout: SHORTEST_WAIT_MS,
    maxTimeout: LONGEST_WAIT_MS,
    signal,
    onFailedAttempt: ({ error }) => {
      if (!isDown) onLoss?.(error instanceof CodedError ? error : lost(log, error));
      isDown = true;
    },
  }).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
}

function lost(log: string, cause?: unknown): CodedError {
  return new CodedError('GITCRON_E_EMBEDDED_POSTGRES', 'The embedded Postgres has ended.', {
    place: log,
    hint: 'Its log may say why. It is started again; until then the history waits in the journal.',
    cause,
  });
}

async function createDatabase(url: string, name: string): Promise<void> {
  await withClient(url, async (client) => {
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
    if (found.rowCount === 0) await client.query(`CREATE DATABASE ${escapeIdentifier(name)}`);
  });
}

/** unix_socket_directories is a list, and a path may have a comma in it. */
function asListItem(path: string): string {
  return `"${path.replaceAll('"', '""')}"`;
}
