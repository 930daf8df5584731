/** `gitcron up` with the bundled demo in a directory of its own, for what documents show of it. */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const LAUNCHER = join(import.meta.dirname, '../app/bin/gitcron.js');
const LIMIT_MS = 120_000;

export interface RunningDemo {
  /** The demo's repository. */
  readonly repository: string;
  /** Waits until the log shows it. */
  sees(pattern: RegExp): Promise<void>;
  /** What a person sees who types this command there. */
  command(...args: readonly string[]): string;
  /** Ctrl-C. @returns the whole log. Paths in it begin where the demo was started. */
  stop(): Promise<string>;
}

/** Starts it, lends it to `use`, and leaves nothing behind. */
export async function withRunningDemo(use: (demo: RunningDemo) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'gitcron-session-'));
  const child = spawn(process.execPath, [LAUNCHER, 'up'], {
    cwd: directory,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  const shown = (text: string): string => text.replaceAll(`${directory}/`, '');
  try {
    await use({
      repository: join(directory, '.gitcron/demo'),
      async sees(pattern) {
        const giveUpAt = Date.now() + LIMIT_MS;
        while (!pattern.test(output)) {
          if (Date.now() > giveUpAt || child.exitCode !== null) {
            throw new Error(`${pattern} was not seen in:\n${output}`);
          }
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
      },
      command(...args) {
        const both = ['-c', 'exec "$@" 2>&1', 'sh', process.execPath, LAUNCHER, ...args];
        const said = execFileSync('/bin/sh', both, { cwd: directory, encoding: 'utf8' });
        return `$ gitcron ${args.join(' ')}\n${shown(said)}`;
      },
      async stop() {
        child.kill('SIGINT');
        await new Promise((resolve) => child.once('close', resolve));
        return shown(output);
      },
    });
  } finally {
    child.kill('SIGKILL');
    rmSync(directory, { recursive: true, force: true });
  }
}
