import type { Clock, Timer } from '@gitcron/base/clock';
import type { ProcessUser } from '../processes/process-user.ts';
import type { Outcome, OutputTransform, RunDescription, RunEvent } from '../events.ts';
import type { Log } from '@gitcron/base/log';
import type { Job } from '../schedule/job.ts';
import { followAttempt, type Attempt, type AttemptEnding } from './attempt.ts';
import type { LeftBehind } from './background.ts';
import type { Launch, LaunchContext } from './launch.ts';
import { withoutProcess, type EndCause } from './outcome.ts';
import type { Valve } from './output/valve.ts';
import { retryDelayMs } from './retry-delay.ts';
import type { ActiveRelease } from './run-environment.ts';
import type { RunLog } from './run-log.ts';
import type { SpawnPace } from './spawn-pace.ts';

/** What a run needs of its surroundings; the same for all runs. */
export interface RunContext {
  readonly clock: Clock;
  readonly log: Log;
  readonly runLog: RunLog;
  readonly valve: Valve;
  readonly pace: SpawnPace;
  readonly runAs: ProcessUser | null;
  readonly outputTransform: (() => OutputTransform) | null;
  readonly emit: (event: RunEvent) => void;
  /** Does a step after everything that is due at this instant has begun. */
  afterInstant(step: () => void): void;
  launch(context: LaunchContext): Launch;
  onStarted(launch: Launch): void;
  /** An attempt is over; its process too, but for what it left behind. */
  onAttemptOver(launch: Launch, leftBehind: LeftBehind | null): void;
  /** It gives its place to others until it wakes. */
  onRest(runId: string): void;
  onWake(runId: string): void;
  onFinished(runId: string): void;
}

export interface RunToMake {
  readonly description: RunDescription;
  readonly job: Job;
  readonly release: ActiveRelease | null;
  /** Held ready for its first attempt; null when nothing is. */
  readonly prepared: Launch | null;
  /** What has to be done before a first process of it is let go; must not throw. */
  readonly beforeStart: (() => void) | null;
}

/** One run from its first attempt to its end. */
export interface Run {
  readonly description: RunDescription;
  readonly release: ActiveRelease | null;
  /** 0 while it waits for its turn. */
  attempt(): number;
  isRunning(): boolean;
  /** It waits for its turn with a process held ready. */
  isHeld(): boolean;
  /** Its turn has come, for the first time or after a rest. */
  begin(): void;
  /** Ends it as gently as it allows; before its turn, at once. */
  end(cause: EndCause, graceMs?: number): void;
  kill(cause: EndCause): void;
}

export function createRun(made: RunToMake, context: RunContext): Run {
  const { description, job, release } = made;
  const { runId } = description;
  const { clock, runLog, emit } = context;
  const attempts = 1 + job.settings.retries;
  let prepared = made.prepared;
  let attemptNumber = 0;
  let firstStartedAt: number | null = null;
  let phase: 'waiting' | 'starting' | 'running' | 'resting' | 'over' = 'waiting';
  let attempt: Attempt | null = null;
  let rest: Timer | null = null;
  /** Asked for before there was an attempt to end. */
  let early: { readonly cause: EndCause; readonly graceMs: number | undefined } | null = null;

  function begin(): void {
    attemptNumber += 1;
    phase = 'starting';
    const ready = prepared;
    prepared = null;
    if (ready !== null && !ready.held.hasEnded()) return open(ready);
    ready?.discard();
    context.pace.soon(() => {
      if (early !== null)
        return finish(withoutProcess(early.cause, attemptNumber - 1, durationMs()));
      open(context.launch({ run: description, job, release, attempt: attemptNumber }));
    });
  }

  function open(launch: Launch): void {
    if (firstStartedAt === null) made.beforeStart?.();
    launch.held.release();
    const at = clock.now();
    const startedAt = clock.monotonic();
    firstStartedAt ??= startedAt;
    context.afterInstant(() => follow(launch, at, startedAt));
  }

  function follow(launch: Launch, at: number, startedAt: number): void {
    phase = 'running';
    const { held, directory, resultFile } = launch;
    const number = attemptNumber;
    if (held.pid !== null) {
      emit({ type: 'attempt_started', at, runId, attempt: number, pid: held.pid });
      runLog.started(description, number, attempts);
      context.onStarted(launch);
    }
    const { timeoutMs, graceMs } = job.settings;
    attempt = followAttempt(held, {
      clock,
      runId,
      startedAt,
      timeoutMs,
      graceMs,
      directory,
      runAs: context.runAs,
      resultFile,
      output: {
        ...context,
        job: job.slug,
        runId,
        transform: context.outputTransform,
        onBytes: (stream, bytes) =>
          emit({ type: 'output', at: clock.now(), runId, attempt: number, stream, bytes }),
      },
      onTerminate: (cause, grace) => runLog.terminating(description, cause, grace),
    });
    // Never rejects: everything that can go wrong with a process is part of its ending.
    void attempt.ended.then((ending) => attemptOver(launch, ending));
    if (early !== null) attempt.end(early.cause, early.graceMs);
  }

  function attemptOver(launch: Launch, { outcome, cause, leftBehind }: AttemptEnding): void {
    attempt = null;
    const at = clock.now();
    emit({ type: 'attempt_finished', at, runId, attempt: attemptNumber, outcome });
    const revision = release?.name.revision ?? null;
    context.onAttemptOver(launch, leftBehind && { ...leftBehind, runId, revision });
    if (leftBehind !== null) runLog.leftBehind(description);
    const failed = outcome.status === 'failed' || outcome.status === 'timed_out';
    const endedByUs = early !== null || (cause !== null && cause.kind !== 'timeout');
    if (failed && !endedByUs && attemptNumber < attempts) return retryLater(outcome);
    finish({ ...outcome, durationMs: durationMs() });
  }

  function retryLater(outcome: Outcome): void {
    phase = 'resting';
    const delayMs = retryDelayMs(job.settings.retryDelayMs, attemptNumber);
    runLog.retrying(description, outcome, attemptNumber, delayMs);
    context.onRest(runId);
    rest = clock.after(delayMs, () => {
      rest = null;
      phase = 'waiting';
      context.onWake(runId);
    });
  }

  function durationMs(): number {
    const now = clock.monotonic();
    return Math.round(now - (firstStartedAt ?? now));
  }

  function finish(outcome: Outcome): void {
    phase = 'over';
    prepared?.discard();
    rest?.cancel();
    emit({ type: 'run_finished', at: clock.now(), runId, outcome });
    runLog.finished(description, outcome);
    context.onFinished(runId);
  }

  function end(cause: EndCause, graceMs?: number): void {
    if (attempt !== null) return attempt.end(cause, graceMs);
    if (phase === 'over') return;
    if (phase === 'starting') {
      early ??= { cause, graceMs };
      return;
    }
    finish(withoutProcess(cause, attemptNumber, durationMs()));
  }

  return {
    description,
    release,
    attempt: () => attemptNumber,
    isRunning: () => phase === 'running' || phase === 'starting',
    isHeld: () => prepared !== null,
    begin,
    end,
    kill(cause) {
      if (attempt === null) end(cause, 0);
      else attempt.kill(cause);
    },
  };
}
