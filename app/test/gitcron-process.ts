import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../../base/test/until.ts';

const LAUNCHER = join(import.meta.dirname, '../bin/gitcron.js');

/** A `gitcron` command at work, as a user starts it. */
export class GitcronProcess {
  output = '';
  readonly child: ChildProcess;
  readonly #ended: Promise<unknown>;

  /**
   * @param options.through a command that starts the one behind it, such as `setpriv …`.
   * @param options.launcher of another copy of the project.
   */
  constructor(
    args: readonly string[],
    options: {
      cwd: string;
      env?: NodeJS.ProcessEnv;
      through?: readonly string[];
      launcher?: string;
    },
  ) {
    const [command = process.execPath, ...rest] = [
      ...(options.through ?? []),
      process.execPath,
      options.launcher ?? LAUNCHER,
      ...args,
    ];
    this.child = spawn(command, rest, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own, as a terminal gives to what it starts.
      detached: true,
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => (this.output += text));
    }
    this.#ended = once(this.child, 'close');
  }

  /** Waits until the output from `from` on matches. @returns where the match ends. */
  async sees(pattern: RegExp, from = 0, limitMs = 60_000): Promise<number> {
    const find = () => pattern.exec(this.output.slice(from));
    await until(
      () => find() !== null || this.hasEnded,
      () => `${pattern}\n${this.output}`,
      limitMs,
    );
    const match = find();
    if (match === null) throw new Error(`ended without ${pattern}:\n${this.output}`);
    return from + match.index + match[0].length;
  }

  get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** As Ctrl-C does: the whole group gets the signal. */
  interrupt(): void {
    if (this.child.pid) process.kill(-this.child.pid, 'SIGINT');
  }

  /** @returns the exit status, or the signal that ended it. */
  async end(): Promise<number | NodeJS.Signals | null> {
    await this.#ended;
    return this.child.exitCode ?? this.child.signalCode;
  }

  /** For the end of a test, however it went. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.hasEnded) this.child.kill('SIGTERM');
    await this.#ended;
  }
}

/** The command lines of the processes that have to do with a directory. */
export function processesOf(directory: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
        const cwd = readlinkSync(`/proc/${pid}/cwd`);
        return command.includes(directory) || cwd.startsWith(directory)
          ? [`${pid} ${command}`]
          : [];
      } catch {
        // It ended while it was being looked at.
        return [];
      }
    });
}
