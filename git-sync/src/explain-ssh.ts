import { CodedError } from '@gitcron/base/coded-error';
import { runGit } from './git/run-git.ts';
import type { SyncSettings } from './settings.ts';

/** For a server that says nothing: git has had the patience of the settings already. */
const PATIENCE_SEC = 5;

interface Host {
  readonly name: string;
  readonly port: number;
}

/**
 * Whether ssh ended because of the server's host key, which only its words would say: looked up in the
 * file by ssh-keygen(1), and asked for by ssh-keyscan(1).
 *
 * @returns null when it is something else, or the system's own files decide.
 */
export async function explainSsh(
  { remote, sshKnownHostsFile }: SyncSettings,
  cause: unknown,
  signal?: AbortSignal,
): Promise<CodedError | null> {
  if (remote.transport !== 'ssh' || sshKnownHostsFile === null) return null;
  const run = async (program: string, args: readonly string[]): Promise<string | null> => {
    const environment = { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '' };
    const silenceMs = 2 * PATIENCE_SEC * 1000;
    const options = { program, environment, remote: true, silenceMs, ...(signal && { signal }) };
    return runGit(args, options).then(
      (output) => output.toString('utf8'),
      () => null,
    );
  };
  const host = hostOf((await run('ssh', ['-G', '--', addressOf(remote.url)])) ?? '');
  if (host === null) return null;
  const found = await run('ssh-keygen', ['-F', nameOf(host), '-f', sshKnownHostsFile]);
  // What authorities vouch for has no keys to be compared with.
  if (found !== null && /^@/m.test(found)) return null;
  const known = keysIn(found ?? '');
  const port = host.port === 22 ? [] : ['-p', String(host.port)];
  const scan = ['ssh-keyscan', ...port, host.name].join(' ');
  const make = (sentence: string, hint: string) =>
    new CodedError('GITCRON_E_REMOTE_HOST_KEY', sentence, { place: remote.url, hint, cause });
  if (known.length === 0) {
    return make(
      'The server’s host key is not known here.',
      `Put what \`${scan}\` prints into GIT_SYNC_SSH_KNOWN_HOSTS_FILE, once you have compared it with the fingerprint that the server’s operator publishes. It is read at each try.`,
    );
  }
  const timeout = ['-T', String(PATIENCE_SEC)];
  const shown = keysIn((await run('ssh-keyscan', [...timeout, ...port, '--', host.name])) ?? '');
  if (shown.length === 0 || shown.some((key) => known.includes(key))) return null;
  return make(
    'The server shows another host key than the one that is known here.',
    `If it was set up anew, put what \`${scan}\` prints into GIT_SYNC_SSH_KNOWN_HOSTS_FILE, once its operator confirms the fingerprint. If not, somebody may stand between here and the server.`,
  );
}

/** What ssh is given: of `ssh://USER@HOST:PORT/PATH` and of `USER@HOST:PATH`. */
function addressOf(url: string): string {
  if (!/^ssh:/i.test(url)) return url.replace(/^((?:[^@/]*@)?(?:\[[^\]]*\]|[^:]*)):.*$/s, '$1');
  const { hostname, port } = new URL(url);
  return `ssh://${hostname}${port === '' ? '' : `:${port}`}`;
}

/** As ssh's own configuration has it (`ssh -G`): the name may be another one there. */
function hostOf(configuration: string): Host | null {
  const name = /^hostname (.+)$/m.exec(configuration)?.[1];
  const port = Number(/^port (\d+)$/m.exec(configuration)?.[1]);
  return name === undefined || !(port > 0) ? null : { name, port };
}

/** sshd(8), SSH_KNOWN_HOSTS FILE FORMAT. */
function nameOf({ name, port }: Host): string {
  return port === 22 ? name : `[${name}]:${port}`;
}

/** The kinds and keys of lines `HOST KIND KEY`. */
function keysIn(lines: string): string[] {
  return lines.split('\n').flatMap((line) => {
    const [host = '#', kind = '', key = ''] = line.trim().split(/\s+/);
    return host.startsWith('#') || key === '' ? [] : [`${kind} ${key}`];
  });
}
