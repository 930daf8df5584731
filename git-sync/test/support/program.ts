import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished, vi } from 'vitest';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

/** Long, for a machine that is busy with other things; nothing waits longer than it has to. */
export const SOON_MS = 50_000;

/** git-sync as a process of its own. */
export interface Program {
  readonly pid: number;
  /** Everything it wrote to stdout and stderr so far. */
  output(): string;
  /** Resolves when the output holds the text. */
  says(text: string | RegExp): Promise<void>;
  signal(name: NodeJS.Signals): void;
  /** Resolves to the exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
}

export function startProgram(
  environment: Readonly<Record<string, string>>,
  wrapper: readonly string[] = [],
): Program {
  const [command, ...args] = [...wrapper, process.execPath, MAIN];
  const child = spawn(command, args, {
    env: {
      PATH: process.env['PATH'],
      NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
      HOME: '/nonexistent',
      LOG_FORMAT: 'json',
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => void (output += chunk.toString('utf8')));
  child.stderr.on('data', (chunk: Buffer) => void (output += chunk.toString('utf8')));
  const ended = once(child, 'close').then(() => child.exitCode ?? child.signalCode);
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return {
    pid: child.pid ?? 0,
    output: () => output,
    says: (text) =>
      vi.waitFor(
        () => {
          if (!(typeof text === 'string' ? output.includes(text) : text.test(output))) {
            throw new Error(`git-sync did not say ${String(text)} but:\n${output}`);
          }
        },
        { timeout: SOON_MS, interval: 20 },
      ),
    signal: (name) => void child.kill(name),
    ended,
  };
}

export async function currentContent(root: string, path: string): Promise<string> {
  return readFile(join(root, 'current', path), 'utf8');
}
