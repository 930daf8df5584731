import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { onTestFinished } from 'vitest';
import type { RunEvent } from '../../src/events.ts';
import { noted } from './test-runner.ts';
import { until } from '../../../base/test/until.ts';

export interface SupervisorProcess {
  readonly child: ChildProcessByStdio<Writable, Readable, null>;
  readonly pid: number;
  readonly directory: string;
  readonly runningFile: string;
  /** Runs a command, or holds it at the gate. */
  readonly tell: (verb: 'run' | 'retry' | 'hold' | 'cancel', command: string) => void;
  /** A process that is noted for the next supervisor. */
  readonly notedPid: (phase: 'held' | 'running') => Promise<number>;
  /** The end of the run that came as number `index`, counted from 0. */
  readonly finished: (index: number) => Promise<Extract<RunEvent, { type: 'run_finished' }>>;
  /** What has been told of its runs until now. */
  readonly events: () => RunEvent[];
  readonly exited: Promise<unknown>;
}

/** Starts a supervisor in a process of its own; `wrapper` is a command that starts it in turn. */
export function startSupervisor(
  options: { wrapper?: readonly string[]; uid?: number; readOutput?: boolean } = {},
): SupervisorProcess {
  const { wrapper = [], uid, readOutput = true } = options;
  const directory = mkdtempSync(join(tmpdir(), 'gitcron-run-'));
  chmodSync(directory, 0o777);
  const fixture = join(import.meta.dirname, 'fixtures/supervisor.ts');
  const words = [...wrapper, process.execPath, fixture, directory];
  const [command = '', ...rest] = uid === undefined ? words : [...words, String(uid)];
  const child = spawn(command, rest, { stdio: ['pipe', 'pipe', 'inherit'] });
  const exited = new Promise((resolve) => void child.once('exit', resolve));
  const { pid } = child;
  if (pid === undefined) throw new Error(`cannot start ${command}`);
  if (readOutput) child.stdout.resume();
  const runningFile = join(directory, 'running.json');
  onTestFinished(async () => {
    child.kill('SIGTERM');
    child.stdout.resume();
    await exited;
    rmSync(directory, { recursive: true, force: true });
  });

  function notedPid(phase: 'held' | 'running'): Promise<number> {
    return until(() => {
      const [entry] = noted(runningFile);
      // Its start is noted before its gate opens, and told behind that.
      const isStarted = events().some(({ type }) => type === 'attempt_started');
      const isRunning = entry !== undefined && entry.startedAt !== null && isStarted;
      return isRunning === (phase === 'running') ? entry?.pid : null;
    }, `a ${phase} process in the file`);
  }

  function finished(index: number): Promise<Extract<RunEvent, { type: 'run_finished' }>> {
    return until(
      () => events().filter((event) => event.type === 'run_finished')[index],
      `the end of run ${index}`,
    );
  }

  function events(): RunEvent[] {
    const file = join(directory, 'events');
    const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : [];
    return lines.map((line) => JSON.parse(line));
  }

  return {
    child,
    pid,
    directory,
    runningFile,
    exited,
    events,
    notedPid,
    finished,
    tell: (verb, line) => void child.stdin.write(`${verb} ${line}\n`),
  };
}
