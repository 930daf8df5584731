import { spawn, type ChildProcess } from 'node:child_process';
import { withoutCutPasswords } from '../proxy-variables.ts';
import { busyTimeOf } from './busy-time.ts';

/** Between SIGTERM and SIGKILL, for a git that has to go. */
const GRACE_MS = 2_000;
/** So often in the time that git may stand still it is looked at. */
const LOOKS = 4;
/** Where nobody says how busy a local git is, it may be silent so many times as long. */
const BLIND_PATIENCE = 10;
/** Enough for git's own words; a hostile server can send more. */
const STDERR_LIMIT = 64 * 1024;
/** Of answers that are kept whole in memory. */
const STDOUT_LIMIT = 64 * 1024 * 1024;

export interface GitOptions {
  /** Another program than git, held to the same rules. */
  readonly program?: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly input?: Buffer;
  /** It talks to the remote; otherwise it works on this machine's disk. */
  readonly remote: boolean;
  /**
   * Ends git when it has written nothing for this long. One that works on this machine has little to
   * say: it is ended when it used no CPU time either, nor did its children.
   */
  readonly silenceMs: number;
  /** Ends git when its answer has more entries, each ended by a NUL (git's `-z`). */
  readonly maxEntries?: number;
  readonly signal?: AbortSignal;
}

/** How a git that did not succeed ended. */
export type GitEnd = 'exit' | 'silent' | 'too much' | 'aborted' | 'not started';

interface GitDetails {
  readonly end: GitEnd;
  readonly exitCode: number | null;
  readonly stderr: string;
  readonly remote: boolean;
  readonly cause?: unknown;
}

export class GitFailure extends Error {
  override readonly name = 'GitFailure';
  readonly end: GitEnd;
  readonly exitCode: number | null;
  readonly stderr: string;
  readonly program: string;
  /** `git read-tree`, or the other program. */
  readonly command: string;
  /** It talked to the remote; otherwise it worked on this machine's disk. */
  readonly remote: boolean;

  constructor(program: string, command: string, details: GitDetails) {
    const { end, exitCode, stderr, remote, cause } = details;
    super(sentence(command, details), cause === undefined ? undefined : { cause });
    this.program = program;
    this.command = command;
    this.end = end;
    this.exitCode = exitCode;
    this.stderr = stderr;
    this.remote = remote;
  }
}

/**
 * Runs one git command in a process group of its own.
 *
 * git leaves the network to children (`git-remote-https`, `ssh`), which outlive a signal sent to git
 * alone; simple-git can do no more than that, takes all output for UTF-8, and waits 50 ms for a command
 * that says nothing. Here the whole group is ended, and the promise settles only when it is gone, or
 * when not even SIGKILL ends it, because it waits for a disk that does not answer.
 *
 * @throws GitFailure for every end but exit status 0.
 */
export async function runGit(args: readonly string[], options: GitOptions): Promise<Buffer> {
  const { program = 'git' } = options;
  const command = program === 'git' ? `git ${subcommand(args)}` : program;
  const { signal, remote, silenceMs, maxEntries = Infinity } = options;
  if (signal?.aborted) {
    throw new GitFailure(program, command, { end: 'aborted', exitCode: null, stderr: '', remote });
  }

  const child = spawn(program, args, {
    cwd: options.cwd,
    env: options.environment,
    detached: true,
    // A pipe that nobody writes to costs an idle look as much as one that is used.
    stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  const stdout: Buffer[] = [];
  let stdoutBytes = 0;
  let entries = 0;
  let stderr = '';
  let end: GitEnd = 'exit';

  return new Promise((resolve, reject) => {
    const terminate = (reason: GitEnd) => {
      if (end !== 'exit') return;
      end = reason;
      terminateGroup(child, () => settle(null));
    };
    const abort = () => terminate('aborted');
    const progress = watchProgress(child, { remote, silenceMs }, () => terminate('silent'));
    signal?.addEventListener('abort', abort, { once: true });

    child.stdout?.on('data', (chunk: Buffer) => {
      progress.made();
      stdoutBytes += chunk.length;
      if (maxEntries !== Infinity) entries += countNul(chunk);
      if (stdoutBytes > STDOUT_LIMIT || entries > maxEntries) {
        stdout.length = 0;
        terminate('too much');
      } else {
        stdout.push(chunk);
      }
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      progress.made();
      stderr = lastLines(stderr + text);
    });
    // git may end before it has read its input; its exit status says why.
    child.stdin?.on('error', () => {});
    child.stdin?.end(options.input);

    const settle = (exitCode: number | null, cause?: unknown) => {
      progress.stopWatching();
      signal?.removeEventListener('abort', abort);
      if (end === 'exit' && exitCode === 0) return resolve(Buffer.concat(stdout));
      const said = withoutCutPasswords(stderr, options.environment);
      reject(new GitFailure(program, command, { end, exitCode, stderr: said, remote, cause }));
    };
    child.once('error', (cause) => {
      end = 'not started';
      settle(null, cause);
    });
    child.once('close', (exitCode) => settle(exitCode));
  });
}

/** Calls `onStandstill` once there was none for too long. */
function watchProgress(
  child: ChildProcess,
  { remote, silenceMs }: Pick<GitOptions, 'remote' | 'silenceMs'>,
  onStandstill: () => void,
): { made(): void; stopWatching(): void } {
  let looks = 0;
  let busy: number | null = null;
  const look = () => {
    const before = busy;
    if (!remote && child.pid !== undefined) busy = busyTimeOf(child.pid);
    looks = busy === before ? looks + 1 : 0;
    const isBlind = !remote && busy === null;
    if (looks >= (isBlind ? LOOKS * BLIND_PATIENCE : LOOKS)) onStandstill();
  };
  const timer = setInterval(look, silenceMs / LOOKS);
  return {
    made: () => void (looks = 0),
    stopWatching: () => clearInterval(timer),
  };
}

/** Whole lines, as many as are kept: a secret without its first letters is not known for one. */
function lastLines(text: string): string {
  if (text.length <= STDERR_LIMIT) return text;
  const end = text.slice(-STDERR_LIMIT);
  const firstEnd = end.search(/[\r\n]/);
  return firstEnd === -1 ? '' : end.slice(firstEnd + 1);
}

function countNul(chunk: Buffer): number {
  let count = 0;
  for (let at = chunk.indexOf(0); at !== -1; at = chunk.indexOf(0, at + 1)) count += 1;
  return count;
}

function terminateGroup(child: ChildProcess, onUnkillable: () => void): void {
  signalGroup(child, 'SIGTERM');
  let timer = setTimeout(() => {
    // A child of git's that ignores SIGTERM holds the pipes open, which is how it is noticed.
    signalGroup(child, 'SIGKILL');
    child.stdout?.destroy();
    child.stderr?.destroy();
    timer = setTimeout(() => {
      child.unref();
      onUnkillable();
    }, GRACE_MS);
  }, GRACE_MS);
  child.once('close', () => {
    clearTimeout(timer);
    signalGroup(child, 'SIGKILL');
  });
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    // Nobody is left in the group, which is what was wanted. (macOS says EPERM when only zombies are.)
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code !== 'ESRCH' && code !== 'EPERM') throw error;
  }
}

function sentence(command: string, { end, exitCode, stderr, remote }: GitDetails): string {
  const how = {
    exit: exitCode === null ? 'was killed' : `ended with exit status ${exitCode}`,
    silent: `${remote ? 'was silent' : 'stood still'} for too long and was ended`,
    'too much': 'said more than can be kept and was ended',
    aborted: 'was stopped',
    'not started': 'could not be started',
  }[end];
  const said = lastWords(stderr);
  return `${command} ${how}${said === '' ? '' : `: ${said}`}`;
}

/** The first word that is neither an option nor the value of a `-c`. */
function subcommand(args: readonly string[]): string {
  return args.find((arg, index) => !arg.startsWith('-') && args[index - 1] !== '-c') ?? '';
}

/** What git and ssh said last, without progress (rewritten by carriage returns) and our helper's signs. */
function lastWords(stderr: string): string {
  return (
    stderr
      .split(/\r?\n/)
      .filter((line) => line.trim() !== '' && !line.includes('\r') && !line.startsWith('GITCRON_'))
      // git's own "Could not read from remote repository" is three; ssh says before it why.
      .slice(-6)
      .map((line) => line.replaceAll(/\p{Cc}+/gu, ' ').trim())
      // A proxy has its password in its URL.
      .map((line) => line.replaceAll(/(:\/\/[^/\s:@]*):[^/\s@]+@/g, '$1:***@'))
      .join('; ')
  );
}
