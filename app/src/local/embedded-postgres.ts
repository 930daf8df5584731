import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import pRetry, { AbortError } from 'p-retry';
import { Client, escapeIdentifier } from 'pg';
import { CodedError, isAbsence } from '../errors.ts';
import { asUnprivileged } from './as-unprivileged.ts';
import { freePort } from './free-port.ts';
import { postgresPrograms } from './postgres-programs.ts';

/** A real Postgres server on loopback, with its data in a directory of ours. */
export interface EmbeddedPostgres {
  /** The superuser's connection, with its password. */
  readonly url: string;
  readonly port: number;
  stop(): Promise<void>;
}

export interface EmbeddedPostgresOptions {
  /** Made on first use; everything in it belongs to the server. */
  readonly directory: string;
  readonly database: string;
  readonly password: string;
  /** Default: one that is free. */
  readonly port?: number;
  /** Settings of the server (postgresql.conf) besides our own. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** It has ended, and not because it was stopped. */
  readonly onLoss?: (error: CodedError) => void;
}

const COMPLETE = 'gitcron-initdb-complete';

/** Starts the server, and makes its database when the directory is new. */
export async function startEmbeddedPostgres(
  options: EmbeddedPostgresOptions,
): Promise<EmbeddedPostgres> {
  const data = join(options.directory, 'data');
  const programs = await postgresPrograms();
  await mkdir(options.directory, { recursive: true, mode: 0o700 });
  await endPredecessor(data);
  if (!(await isInitialized(data))) await initialize(programs.initdb, data, options);
  const port = options.port ?? (await freePort());
  const server = asUnprivileged(programs.postgres, [
    ...['-D', data, '-p', String(port), '-h', '127.0.0.1'],
    ...parameterFlags({
      unix_socket_directories: '',
      logging_collector: 'off',
      log_destination: 'stderr',
      max_connections: '60',
      ...options.parameters,
    }),
  ]);
  const running = execa(server.command, server.args, {
    stdin: 'ignore',
    stdout: 'ignore',
    stderr: { file: join(options.directory, 'postgres.log') },
    reject: false,
    // Its own group: Ctrl-C on the terminal reaches us alone, and we end it last.
    detached: true,
    cleanup: true,
  });
  const url = `postgresql://postgres:${options.password}@127.0.0.1:${port}`;
  await waitUntilReady(`${url}/postgres`, running, options.directory);
  await createDatabase(`${url}/postgres`, options.database);
  let isStopping = false;
  void running.then(() => {
    if (!isStopping) options.onLoss?.(lost(options.directory));
  });
  return {
    url: `${url}/${options.database}`,
    port,
    stop: async () => {
      isStopping = true;
      // SIGINT is the fast shutdown: sessions end, nothing committed is lost (postgres(1)).
      running.kill('SIGINT');
      await running;
    },
  };
}

function parameterFlags(parameters: Readonly<Record<string, string>>): string[] {
  return Object.entries(parameters).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

async function isInitialized(data: string): Promise<boolean> {
  try {
    // Without this file initdb was cut short, and starts anew.
    await stat(join(data, COMPLETE));
    return true;
  } catch (error) {
    if (!isAbsence(error)) throw error;
    await rm(data, { recursive: true, force: true });
    return false;
  }
}

async function initialize(
  initdb: string,
  data: string,
  { directory, password }: EmbeddedPostgresOptions,
): Promise<void> {
  const passwordFile = join(directory, 'initdb-password');
  await writeFile(passwordFile, password, { mode: 0o600 });
  try {
    const { command, args } = asUnprivileged(initdb, [
      ...['-D', data, '-U', 'postgres', '--auth=scram-sha-256', `--pwfile=${passwordFile}`],
      ...['--encoding=UTF8', '--locale=C', '--no-sync'],
    ]);
    await execa(command, args, { stdin: 'ignore' });
    await writeFile(join(data, COMPLETE), '');
  } catch (error) {
    throw new CodedError('GITCRON_E_EMBEDDED_POSTGRES', 'The embedded Postgres cannot be set up.', {
      place: data,
      hint: 'Its own words say why: the disk may be full, or it refuses this user. Give your own server as DATABASE_URL, or start with --no-database.',
      cause: error,
    });
  } finally {
    await rm(passwordFile, { force: true });
  }
}

/** A server whose supervisor was killed goes on without it; two on one directory cannot be. */
async function endPredecessor(data: string): Promise<void> {
  const file = join(data, 'postmaster.pid');
  try {
    const [pid = ''] = (await readFile(file, 'utf8')).split('\n');
    const commandLine = await readFile(`/proc/${Number(pid)}/cmdline`, 'utf8');
    if (!commandLine.includes(data)) return;
    process.kill(Number(pid), 'SIGINT');
    await pRetry(
      async () => {
        await stat(file).then(
          () => Promise.reject(new Error('still running')),
          () => {},
        );
      },
      { retries: 100, minTimeout: 100, factor: 1 },
    );
  } catch (error) {
    if (!isAbsence(error)) throw error;
  }
}

async function waitUntilReady(
  url: string,
  server: Promise<unknown>,
  directory: string,
): Promise<void> {
  let ended = false;
  void server.finally(() => (ended = true));
  await pRetry(
    async () => {
      if (ended) throw new AbortError('the server has ended');
      const client = new Client({ connectionString: url });
      await client.connect();
      await client.end();
    },
    { retries: 100, minTimeout: 50, maxTimeout: 500 },
  ).catch((cause: unknown) => {
    throw new CodedError('GITCRON_E_EMBEDDED_POSTGRES', 'The embedded Postgres did not start.', {
      place: join(directory, 'postgres.log'),
      hint: 'Its log says why. Give your own server as DATABASE_URL, or start with --no-database.',
      cause,
    });
  });
}

function lost(directory: string): CodedError {
  return new CodedError('GITCRON_E_EMBEDDED_POSTGRES', 'The embedded Postgres has ended.', {
    place: join(directory, 'postgres.log'),
    hint: 'Its log may say why. Jobs go on without it, and their history waits in the journal: stop Gitcron and start it again.',
  });
}

async function createDatabase(url: string, name: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
    if (found.rowCount === 0) await client.query(`CREATE DATABASE ${escapeIdentifier(name)}`);
  } finally {
    await client.end();
  }
}
