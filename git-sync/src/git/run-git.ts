import { spawn, type ChildProcess } from 'node:child_process';
import { withoutCutPasswords } from '../proxy-variables.ts';

/** Between SIGTERM and SIGKILL, for a git that has to go. */
const GRACE_MS = 2_000;
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
  /** Ends git when it has written nothing for this long; set for commands that talk to the remote. */
  readonly silenceMs?: number;
  /** Ends git when its answer has more entries, each ended by a NUL (git's `-z`). */
  readonly maxEntries?: number;
  readonly signal?: AbortSignal;
}

/** How a git that did not succeed ended. */
export type GitEnd = 'exit' | 'silent' | 'too much' | 'aborted' | 'not started';

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

  constructor(
    program: string,
    command: string,
    details: {
      end: GitEnd;
      exitCode: number | null;
      stderr: string;
      remote: boolean;
      cause?: unknown;
    },
  ) {
    const { end, exitCode, stderr, remote, cause } = details;
    super(sentence(command, end, exitCode, stderr), cause === undefined ? undefined : { cause });
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
 * that says nothing. Here the whole group is ended, and the promise settles only when it is gone.
 *
 * @throws GitFailure for every end but exit status 0.
 */
export async function runGit(args: readonly string[], options: GitOptions): Promise<Buffer> {
  const { program = 'git' } = options;
  const command = program === 'git' ? `git ${subcommand(args)}` : program;
  const { signal, silenceMs, maxEntries = Infinity } = options;
  const remote = silenceMs !== undefined;
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
      terminateGroup(child);
    };
    const abort = () => terminate('aborted');
    const silence =
      silenceMs === undefined ? undefined : setTimeout(() => terminate('silent'), silenceMs);
    signal?.addEventListener('abort', abort, { once: true });

    child.stdout?.on('data', (chunk: Buffer) => {
      silence?.refresh();
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
      silence?.refresh();
      stderr = lastLines(stderr + text);
    });
    // git may end before it has read its input; its exit status says why.
    child.stdin?.on('error', () => {});
    child.stdin?.end(options.input);

    const settle = (exitCode: number | null, cause?: unknown) => {
      clearTimeout(silence);
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

function terminateGroup(child: ChildProcess): void {
  signalGroup(child, 'SIGTERM');
  // A child of git's that ignores SIGTERM holds the pipes open, which is how it is noticed.
  const kill = setTimeout(() => {
    signalGroup(child, 'SIGKILL');
    child.stdout?.destroy();
    child.stderr?.destroy();
  }, GRACE_MS);
  child.once('close', () => {
    clearTimeout(kill);
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

function sentence(command: string, end: GitEnd, exitCode: number | null, stderr: string): string {
  const how = {
    exit: exitCode === null ? 'was killed' : `ended with exit status ${exitCode}`,
    silent: 'was silent for too long and was ended',
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
