import { fileURLToPath } from 'node:url';
import { simpleGit, type SimpleGit } from 'simple-git';
import { authoritiesFile } from '../authorities.ts';
import { proxyVariables } from '../proxy-variables.ts';
import { allowedTransports } from '../remote.ts';
import type { SyncSettings } from '../settings.ts';
import type { Volume } from '../volume.ts';
import { runGit } from './run-git.ts';
import { withSshCommand } from './ssh-command.ts';

export const CONFIG_FILE = fileURLToPath(new URL('git.config', import.meta.url));
const CREDENTIAL_HELPER = fileURLToPath(new URL('credential-helper.sh', import.meta.url));

/** What git may know of the environment it was started in: where programs are, and how to get out. */
const INHERITED = [
  'PATH',
  'HOME',
  'TMPDIR',
  'SSH_AUTH_SOCK',
  'GIT_SSL_CAINFO',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
];

export interface RunOptions {
  /** Another program than git, held to the same rules. */
  readonly program?: string;
  readonly gitDir?: string;
  readonly workTree?: string;
  readonly indexFile?: string;
  readonly input?: Buffer;
  /** See GitOptions. */
  readonly maxEntries?: number;
  readonly environment?: Readonly<Record<string, string>>;
  /** It may stand still for so many times as long as the settings say, because others do their part of it. */
  readonly patience?: number;
}

/** git, cut off from the machine's and the user's configuration, with this repository's credentials. */
export interface Git {
  /**
   * A command that starts programs or may take long. Ended with all its children, and when it stands
   * still for longer than the settings allow.
   */
  run(args: readonly string[], options?: RunOptions): Promise<Buffer>;
  /** The same for one that talks to the remote: ended when it is silent for so long. */
  runRemote(args: readonly string[], options?: RunOptions): Promise<Buffer>;
  /** Questions to a local repository that start no program and end at once. */
  at(gitDir: string): SimpleGit;
  /** It was told to end: nothing that fails now is anybody's fault. */
  stopped(): boolean;
}

/**
 * Gives `use` a git whose secrets are read now and gone afterwards: also after kill -9, when the next
 * start has swept the volume.
 */
export async function withGit<Result>(
  settings: SyncSettings,
  volume: Volume,
  signal: AbortSignal,
  use: (git: Git) => Promise<Result>,
): Promise<Result> {
  const { caFile } = settings;
  const trust = caFile === null ? {} : { GIT_SSL_CAINFO: await authoritiesFile(volume, caFile) };
  return withSshCommand(settings, volume, (command) => {
    const environment = { ...gitEnvironment(settings), ...trust, GIT_SSH_COMMAND: command };
    return use(createGit(settings, signal, environment));
  });
}

function createGit(
  settings: SyncSettings,
  signal: AbortSignal,
  environment: Readonly<Record<string, string>>,
): Git {
  const run = (args: readonly string[], options: RunOptions = {}, remote: boolean) =>
    runGit(args, {
      remote,
      silenceMs: settings.silenceMs * (options.patience ?? 1),
      environment: {
        ...environment,
        // Never the repository that we happen to be started in, nor its configuration.
        GIT_DIR: options.gitDir ?? '/dev/null',
        ...(options.workTree === undefined ? {} : { GIT_WORK_TREE: options.workTree }),
        ...(options.indexFile === undefined ? {} : { GIT_INDEX_FILE: options.indexFile }),
        ...options.environment,
      },
      signal,
      ...(options.program === undefined ? {} : { program: options.program }),
      ...(options.workTree === undefined ? {} : { cwd: options.workTree }),
      ...(options.input === undefined ? {} : { input: options.input }),
      ...(options.maxEntries === undefined ? {} : { maxEntries: options.maxEntries }),
    });
  return {
    run: (args, options) => run(args, options, false),
    runRemote: (args, options) => run(args, options, true),
    stopped: () => signal.aborted,
    at: (gitDir) =>
      simpleGit(gitDir, {
        abort: signal,
        timeout: { block: settings.silenceMs },
        // Its guard is against variables that strangers set; these are ours.
        allowEnvironment: ['GIT_DIR', ...Object.keys(environment)],
        unsafe: { allowUnsafeConfigPaths: true, allowUnsafeSshCommand: true },
        trimmed: true,
      }).env({ ...environment, GIT_DIR: gitDir }),
  };
}

function gitEnvironment(settings: SyncSettings): Readonly<Record<string, string>> {
  const inherited = INHERITED.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value]];
  });
  return {
    ...Object.fromEntries(inherited),
    ...proxyVariables(process.env),
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: CONFIG_FILE,
    GIT_ATTR_NOSYSTEM: '1',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ALLOW_PROTOCOL: allowedTransports(settings.remote),
    GIT_SSH_VARIANT: 'ssh',
    GITCRON_CREDENTIAL_HELPER: CREDENTIAL_HELPER,
    ...(settings.remote.origin === null || settings.password === null
      ? {}
      : {
          GITCRON_ORIGIN: settings.remote.origin,
          GITCRON_USERNAME: settings.username,
          GITCRON_PASSWORD: settings.password(),
        }),
  };
}
