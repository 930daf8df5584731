import type { EpochMs } from '@gitcron/base/clock';
import type { ClockEvent, RunEvent } from '../events.ts';
import { RESULT_START, type Run } from '../record/history/rows.ts';
import type { KeptOutput } from '../record/recorder.ts';

/** Finished runs that are remembered: enough for whoever waits for one or asks how it just went. */
const REMEMBERED = 500;

type RunQueued = Extract<RunEvent, { type: 'run_queued' }>;

const FAILURES: ReadonlySet<string> = new Set(['failed', 'timed_out', 'lost']);

/**
 * Runs as they are at this very moment: those that are not over, and the last that ended. What
 * the record knows comes a moment later, or not at all while there is no database.
 */
export class RunBoard {
  readonly #host: string;
  readonly #keptOutput: (runId: string) => KeptOutput | null;
  /** In the order they came. */
  readonly #runs = new Map<string, Run>();
  readonly #finished: string[] = [];
  /** The newest run of each job, as long as it is remembered. */
  readonly #lastOfJob = new Map<string, string>();
  readonly #lastFailureOfJob = new Map<string, string>();
  readonly #waiting = new Map<string, Set<(run: Run) => void>>();

  /** @param keptOutput what the record keeps of a run's output; null: it knows nothing of the run. */
  constructor(host: string, keptOutput: (runId: string) => KeptOutput | null = () => null) {
    this.#host = host;
    this.#keptOutput = keptOutput;
  }

  get(runId: string): Run | null {
    const run = this.#runs.get(runId);
    return run === undefined ? null : this.#withOutput(run);
  }

  /** The newest run of a job; null when none is remembered. */
  last(job: string): Run | null {
    const runId = this.#lastOfJob.get(job);
    return runId === undefined ? null : this.get(runId);
  }

  /** The newest of a job that failed, timed out or was lost; null when none is remembered. */
  lastFailure(job: string): Run | null {
    const runId = this.#lastFailureOfJob.get(job);
    return runId === undefined ? null : this.get(runId);
  }

  /** The newest first. */
  list(): Run[] {
    return [...this.#runs.values()].map((run) => this.#withOutput(run)).toReversed();
  }

  /**
   * Waits for the end of a run. @returns it as it is then, or as it is when `signal` says that
   * nobody wants to wait any longer; null for a run that is not known.
   */
  async ended(runId: string, signal: AbortSignal): Promise<Run | null> {
    const run = this.#runs.get(runId);
    if (run === undefined || run.finishedAt !== null || signal.aborted) return run ?? null;
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiting = this.#waiting.get(runId) ?? new Set();
    this.#waiting.set(
      runId,
      waiting.add(() => resolve()),
    );
    const stop = (): void => resolve();
    signal.addEventListener('abort', stop, { once: true });
    try {
      await promise;
    } finally {
      signal.removeEventListener('abort', stop);
    }
    return this.get(runId);
  }

  apply(event: RunEvent | ClockEvent): void {
    if (event.type === 'clock_set_back') {
      this.#takeCorrectedTime(event.at);
      return;
    }
    if (event.type === 'run_queued') {
      this.#queue(event);
      return;
    }
    const run = this.#runs.get(event.runId);
    // Of a predecessor: the record has it.
    if (run === undefined) return;
    switch (event.type) {
      case 'attempt_started':
        this.#runs.set(run.runId, started(run, event));
        return;
      case 'output':
        this.#runs.set(run.runId, {
          ...run,
          outputBytes: run.outputBytes + event.bytes.length,
        });
        return;
      case 'attempt_finished':
        this.#runs.set(run.runId, this.#attemptFinished(run, event));
        return;
      case 'run_finished':
        this.#finish(run, event);
    }
  }

  /** All of it is kept where the record knows nothing of the run. */
  #withOutput(run: Run): Run {
    const kept = this.#keptOutput(run.runId);
    if (kept === null) return run;
    return {
      ...run,
      outputBytes: kept.bytes,
      outputOmittedBytes: kept.omittedBytes,
      outputOmittedWhy: kept.omittedWhy,
    };
  }

  /** As the record does. */
  #takeCorrectedTime(now: EpochMs): void {
    const corrected = <Time extends number | null>(time: Time): Time | number =>
      time !== null && time > now ? now : time;
    for (const [runId, run] of this.#runs) {
      if (run.queuedAt <= now) continue;
      this.#runs.set(runId, {
        ...run,
        queuedAt: corrected(run.queuedAt),
        startedAt: corrected(run.startedAt),
        finishedAt: corrected(run.finishedAt),
        attempts: run.attempts.map((attempt) => ({
          ...attempt,
          startedAt: corrected(attempt.startedAt),
          finishedAt: corrected(attempt.finishedAt),
        })),
      });
    }
  }

  #queue(event: RunQueued): void {
    const { job, runId } = event.run;
    this.#lastOfJob.set(job, runId);
    this.#runs.set(runId, queuedRun(event, this.#host));
  }

  #attemptFinished(run: Run, event: Extract<RunEvent, { type: 'attempt_finished' }>): Run {
    const number = event.attempt;
    // One that could not be started was not told to have begun.
    const begun = run.attempts.find(({ attempt }) => attempt === number) ?? notStarted(number);
    const others = run.attempts.filter((attempt) => attempt.attempt !== number);
    return { ...run, attempts: [...others, { ...begun, ...this.#ending(event) }] };
  }

  #finish(run: Run, event: Extract<RunEvent, { type: 'run_finished' }>): void {
    const { outcome } = event;
    const finished: Run = {
      ...run,
      ...this.#ending(event),
      result: outcome.result,
      resultStart: outcome.result?.slice(0, RESULT_START) ?? null,
      error: outcome.error,
      succeeded: outcome.status === 'succeeded',
    };
    this.#runs.set(run.runId, finished);
    if (FAILURES.has(outcome.status)) this.#lastFailureOfJob.set(run.job, run.runId);
    for (const resolve of this.#waiting.get(run.runId) ?? []) resolve(finished);
    this.#waiting.delete(run.runId);
    this.#finished.push(run.runId);
    const forgotten = this.#finished.length > REMEMBERED ? this.#finished.shift() : undefined;
    if (forgotten !== undefined) this.#forget(forgotten);
  }

  #forget(runId: string): void {
    const job = this.#runs.get(runId)?.job ?? '';
    this.#runs.delete(runId);
    if (this.#lastOfJob.get(job) === runId) this.#lastOfJob.delete(job);
    if (this.#lastFailureOfJob.get(job) === runId) this.#lastFailureOfJob.delete(job);
  }

  #ending({ at, outcome }: Extract<RunEvent, { outcome: unknown }>) {
    const { status, exitCode, signal, durationMs, reason } = outcome;
    return {
      status,
      exitCode,
      signal,
      durationMs: Math.round(durationMs),
      reason,
      finishedAt: at,
    };
  }
}

/** A run that waits for its turn, as all of it is known by then. */
export function queuedRun({ at, run }: Pick<RunQueued, 'at' | 'run'>, host: string): Run {
  const { release, after, ...description } = run;
  return {
    ...description,
    afterRun: after?.runId ?? null,
    paramsMasked: run.paramsMasked ?? null,
    status: 'queued',
    queuedAt: at,
    startedAt: null,
    finishedAt: null,
    durationMs: null,
    attempt: 0,
    exitCode: null,
    signal: null,
    reason: null,
    revision: release?.revision ?? null,
    host,
    outputBytes: 0,
    outputOmittedBytes: 0,
    outputOmittedWhy: null,
    error: null,
    result: null,
    resultStart: null,
    succeeded: null,
    dependencyHash: release?.dependencyHash ?? null,
    subject: release?.subject ?? null,
    author: release?.author ?? null,
    attempts: [],
  };
}

function notStarted(attempt: number): Run['attempts'][number] {
  return {
    attempt,
    pid: null,
    status: 'running',
    startedAt: null,
    finishedAt: null,
    durationMs: null,
    exitCode: null,
    signal: null,
    reason: null,
  };
}

function started(run: Run, event: Extract<RunEvent, { type: 'attempt_started' }>): Run {
  const { at, attempt, pid } = event;
  return {
    ...run,
    status: 'running',
    startedAt: run.startedAt ?? at,
    attempt,
    attempts: [...run.attempts, { ...notStarted(attempt), pid, startedAt: at }],
  };
}
