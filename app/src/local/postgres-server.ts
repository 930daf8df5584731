import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import pRetry, { AbortError } from 'p-retry';
import { absent, isAbsence } from '@gitcron/base/absence';
import { CodedError } from '@gitcron/base/coded-error';
import { withClient } from '../record/database/with-client.ts';
import { asUnprivileged } from './as-unprivileged.ts';

/** One process of postgres(1) and its children. */
export interface PostgresServer {
  /** Settles when it has ended, however it did. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

export interface PostgresServerOptions {
  readonly program: string;
  readonly data: string;
  /** The file that it writes its log behind. */
  readonly log: string;
  readonly port: number;
  /** Through its socket, with the superuser's password: it is asked there until it answers. */
  readonly url: string;
  /** Settings of postgresql.conf. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** Starts a server on loopback, and waits until it answers. One that never does is ended again. */
export async function startPostgresServer(options: PostgresServerOptions): Promise<PostgresServer> {
  const { program, data, log, port, signal } = options;
  await endPredecessor(data);
  const { command, args } = asUnprivileged(program, [
    ...['-D', data, '-p', String(port), '-h', '127.0.0.1'],
    ...Object.entries(options.parameters).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ]);
  const running = execa(command, args, {
    stdin: 'ignore',
    stdout: 'ignore',
    stderr: { file: log, append: true },
    reject: false,
    // Its own group: Ctrl-C on the terminal reaches us alone, and we end it last.
    detached: true,
    cleanup: true,
  });
  const ended = running.then(() => {});
  const stop = () => {
    // SIGINT is the fast shutdown: sessions end, nothing committed is lost (postgres(1)).
    running.kill('SIGINT');
    return ended;
  };
  try {
    await waitUntilReady(options.url, ended, signal);
  } catch (cause) {
    await stop();
    signal.throwIfAborted();
    throw new CodedError('GITCRON_E_EMBEDDED_POSTGRES', 'The embedded Postgres did not start.', {
      place: log,
      hint: 'Its log says why. Give your own server as DATABASE_URL, or start with --no-database.',
      cause,
    });
  }
  return { ended, stop };
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
        if ((await stat(file).catch(absent)) !== null) throw new Error('still running');
      },
      { retries: 100, minTimeout: 100, factor: 1 },
    );
  } catch (error) {
    if (!isAbsence(error)) throw error;
  }
}

async function waitUntilReady(
  url: string,
  ended: Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  let hasEnded = false;
  void ended.then(() => (hasEnded = true));
  await pRetry(
    async () => {
      if (hasEnded) throw new AbortError('the server has ended');
      await withClient(url, async () => {});
    },
    { retries: 100, minTimeout: 50, maxTimeout: 500, signal },
  );
}
