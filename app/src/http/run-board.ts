import type { RunEvent } from '../events.ts';
import type { Run } from '../record/history/rows.ts';

/** Finished runs that are remembered: enough for whoever waits for one or asks how it just went. */
const REMEMBERED = 500;

/**
 * Runs as they are at this very moment: those that are not over, and the last that ended. What
 * the record knows comes a moment later, or not at all while there is no database.
 */
export class RunBoard {
  readonly #host: string;
  /** In the order they came. */
  readonly #runs = new Map<string, Run>();
  readonly #finished: string[] = [];
  /** The newest run of each job, as long as it is remembered. */
  readonly #lastOfJob = new Map<string, string>();
  readonly #waiting = new Map<string, Set<(run: Run) => void>>();

  constructor(host: string) {
    this.#host = host;
  }

  get(runId: string): Run | null {
    return this.#runs.get(runId) ?? null;
  }

  /** The newest run of a job; null when none is remembered. */
  last(job: string): Run | null {
    const runId = this.#lastOfJob.get(job);
    return runId === undefined ? null : this.get(runId);
  }

  /** The newest first. */
  list(): Run[] {
    return [...this.#runs.values()].toReversed();
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

  apply(event: RunEvent): void {
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
        this.#runs.set(run.runId, { ...run, outputBytes: run.outputBytes + event.bytes.length });
        return;
      case 'attempt_finished':
        this.#runs.set(run.runId, this.#attemptFinished(run, event));
        return;
      case 'run_finished':
        this.#finish(run, event);
    }
  }

  #queue({ at, run }: Extract<RunEvent, { type: 'run_queued' }>): void {
    const { release, ...description } = run;
    this.#lastOfJob.set(run.job, run.runId);
    this.#runs.set(run.runId, {
      ...description,
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
      host: this.#host,
      outputBytes: 0,
      outputOmittedBytes: 0,
      outputOmittedWhy: null,
      result: null,
      succeeded: null,
      dependencyHash: release?.dependencyHash ?? null,
      subject: release?.subject ?? null,
      author: release?.author ?? null,
      attempts: [],
    });
  }

  #attemptFinished(run: Run, event: Extract<RunEvent, { type: 'attempt_finished' }>): Run {
    const attempts = run.attempts.map((attempt) =>
      attempt.attempt === event.attempt ? { ...attempt, ...this.#ending(event) } : attempt,
    );
    return { ...run, attempts };
  }

  #finish(run: Run, event: Extract<RunEvent, { type: 'run_finished' }>): void {
    const { outcome } = event;
    const finished: Run = {
      ...run,
      ...this.#ending(event),
      result: outcome.result,
      succeeded: outcome.status === 'succeeded',
    };
    this.#runs.set(run.runId, finished);
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

function started(run: Run, event: Extract<RunEvent, { type: 'attempt_started' }>): Run {
  const { at, attempt, pid } = event;
  const begun: Run['attempts'][number] = {
    attempt,
    pid,
    status: 'running',
    startedAt: at,
    finishedAt: null,
    durationMs: null,
    exitCode: null,
    signal: null,
    reason: null,
  };
  return {
    ...run,
    status: 'running',
    startedAt: run.startedAt ?? at,
    attempt,
    attempts: [...run.attempts, begun],
  };
}
