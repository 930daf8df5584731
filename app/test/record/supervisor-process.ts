import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { WorkloadOptions } from './workload.ts';

const PROGRAM = fileURLToPath(new URL('workload.ts', import.meta.url));

/** A running workload and the runs that it has reported as finished. */
export interface SupervisorProcess {
  readonly child: ChildProcess;
  readonly finished: string[];
  /** Resolves when so many runs have finished; rejects when it ends before. */
  hasFinished(count: number): Promise<void>;
  /** Sends a signal and waits for the end. */
  end(signal: NodeJS.Signals): Promise<void>;
  readonly ended: Promise<void>;
}

/** @param wrapper - a command that gets the workload's as its last arguments. */
export function startSupervisor(
  options: WorkloadOptions,
  wrapper: readonly string[] = [],
): SupervisorProcess {
  const command = [...wrapper, process.execPath, PROGRAM, JSON.stringify(options)];
  const child = spawn(command[0] ?? '', command.slice(1), {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const finished: string[] = [];
  const waiting: { count: number; resolve: () => void; reject: (error: Error) => void }[] = [];
  let over: string | null = null;
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => {
    finished.push(line);
    for (const { count, resolve } of waiting) if (finished.length >= count) resolve();
  });
  const ended = once(child, 'close').then(() => {
    over = `it ended with ${child.exitCode ?? child.signalCode} after ${finished.length} runs`;
    for (const { count, reject } of waiting) if (finished.length < count) reject(new Error(over));
  });
  return {
    child,
    finished,
    ended,
    async hasFinished(count) {
      if (finished.length >= count) return;
      if (over !== null) throw new Error(over);
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      waiting.push({ count, resolve, reject });
      await promise;
    },
    async end(signal) {
      child.kill(signal);
      await ended;
    },
  };
}
