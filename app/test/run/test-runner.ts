import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { v7 as uuidv7 } from 'uuid';
import { onTestFinished } from 'vitest';
import { systemClock } from '@gitcron/base/clock';
import type { Outcome, RunEvent } from '../../src/events.ts';
import { createLog, type Log } from '@gitcron/base/log';
import { logRuns } from '../../src/run/log-runs.ts';
import { createRunner, type Runner, type RunnerOptions } from '../../src/run/runner.ts';
import type { Workplace } from '../../src/run/workplace.ts';
import { readRunningFile, type RunningProcess } from '../../src/run/running-notes.ts';
import type { Job } from '../../src/schedule/job.ts';

export { makeJob, slotOf } from './fixtures/jobs.ts';

export interface TestRunner {
  readonly runner: Runner;
  readonly directory: string;
  readonly events: RunEvent[];
  /** Starts the job by hand and waits for its end. */
  readonly run: (job: Job, params?: Record<string, unknown>) => Promise<Outcome>;
  readonly start: (job: Job) => string;
  /** The run's end; waits for it. */
  readonly outcome: (runId: string) => Promise<Outcome>;
  /** Waits for an event, also one that has come already. */
  readonly event: (matches: (event: RunEvent) => boolean) => Promise<RunEvent>;
  /** What the run wrote to the stream, as the record gets it. */
  readonly output: (runId: string, stream?: 'stdout' | 'stderr') => Buffer;
  /** All that the log was given. */
  readonly logText: () => Promise<string>;
  readonly logLines: () => Promise<string[]>;
}

export interface TestRunnerOptions extends Partial<RunnerOptions> {
  readonly format?: 'text' | 'json';
  /** Of the only workplace, where no other is given. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly release?: Workplace['release'];
}

/** A runner with real processes, a real log and a directory of its own. */
export function createTestRunner({
  format,
  workplaceOf,
  ...options
}: TestRunnerOptions = {}): TestRunner {
  const directory = mkdtempSync(join(tmpdir(), 'gitcron-run-'));
  const work = join(directory, 'work');
  mkdirSync(work);
  const logFile = join(directory, 'log');
  const log = createLog({ format: format ?? 'text', level: 'info', file: logFile });
  const told = logRuns(log.logger);
  const events: RunEvent[] = [];
  const listeners = new Set<() => void>();
  const { environment = { PATH: process.env['PATH'] ?? '' }, release = () => null } = options;
  const workplace: Workplace = {
    runAs: null,
    environment: () => environment,
    directory: work,
    release,
  };
  const runner = createRunner({
    clock: systemClock,
    log,
    concurrency: 50,
    workplaceOf: workplaceOf ?? (() => workplace),
    resultDirectory: join(directory, 'results'),
    runningFile: join(directory, 'running.json'),
    emit(emitted) {
      events.push(emitted);
      told.observe(emitted);
      for (const listener of listeners) listener();
    },
    ...options,
  });
  onTestFinished(async () => {
    const stopped = runner.shutdown({ graceMs: 100 });
    runner.kill();
    await stopped;
    await written(log);
    rmSync(directory, { recursive: true, force: true });
  });

  async function event(matches: (event: RunEvent) => boolean): Promise<RunEvent> {
    const found = events.find(matches);
    if (found !== undefined) return found;
    return new Promise((resolve) => {
      const listener = (): void => {
        const last = events.at(-1);
        if (last === undefined || !matches(last)) return;
        listeners.delete(listener);
        resolve(last);
      };
      listeners.add(listener);
    });
  }

  async function outcome(runId: string): Promise<Outcome> {
    const finished = await event((each) => each.type === 'run_finished' && each.runId === runId);
    if (finished.type !== 'run_finished') throw new Error('unreachable');
    return finished.outcome;
  }

  function start(job: Job, params: Record<string, unknown> = {}): string {
    const runId = uuidv7();
    const request = { job, trigger: 'manual', requestedBy: 'test', params, runId } as const;
    void runner.start(request).then(({ kind }) => {
      if (kind !== 'accepted') throw new Error(`not started: ${kind}`);
    });
    return runId;
  }

  async function logText(): Promise<string> {
    await written(log);
    return readFileSync(logFile, 'utf8').replaceAll(MARK, '');
  }

  return {
    runner,
    directory,
    events,
    start,
    outcome,
    event,
    run: (job, params) => outcome(start(job, params)),
    output(runId, stream = 'stdout') {
      const chunks = events.flatMap((each) =>
        each.type === 'output' && each.runId === runId && each.stream === stream ? each.bytes : [],
      );
      return Buffer.concat(chunks);
    },
    logText,
    logLines: async () => (await logText()).split('\n').slice(0, -1),
  };
}

const MARK = '--- all of it until here ---\n';

/** Everything that the log was given before is in its file. */
export async function written(log: Log): Promise<void> {
  const drained = new Promise<void>((resolve) => log.drained(resolve));
  log.write(MARK);
  await drained;
}

/** The processes that are noted for the next supervisor. */
export function noted(runningFile: string): RunningProcess[] {
  return readRunningFile(runningFile, pino({ level: 'silent' }));
}

export function isAlive(pid: number): boolean {
  try {
    const state = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1)?.[0];
    return state !== 'Z';
  } catch {
    return false;
  }
}
