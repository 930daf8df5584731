import type { Beside } from '@gitcron/base/beside';
import type { Clock, Timer } from '@gitcron/base/clock';
import type { OutputTransform } from '@gitcron/base/secrets/mask';
import type { Outcome, RunDescription, RunEvent } from '../events.ts';
import { identityOf } from '../events/run-description.ts';
import type { Log } from '@gitcron/base/log';
import type { Job } from '../schedule/job.ts';
import { followAttempt, type Attempt, type AttemptEnding } from './attempt.ts';
import type { LeftBehind } from './background.ts';
import type { Instant } from './instant.ts';
import type { HeldAttempt, LaunchContext } from './launch.ts';
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
  readonly showing: Beside;
  readonly pace: SpawnPace;
  readonly outputTransform: (() => OutputTransform) | null;
  readonly emit: (event: RunEvent) => void;
  readonly instant: Instant;
  launch(context: LaunchContext): HeldAttempt;
  /** An attempt is over; its process too, but for what is left of it. */
  onAttemptOver(attempt: HeldAttempt, ending: AttemptOver): void;
  /** It gives its place to others until it wakes. */
  onRest(runId: string): void;
  onWake(runId: string): void;
  onFinished(runId: string): void;
}

/** What is left of an attempt that is over. */
export interface AttemptOver {
  readonly run: RunDescription;
  readonly attempt: number;
  readonly leftBehind: LeftBehind | null;
  readonly stuck: AttemptEnding['stuck'];
}

export interface RunToMake {
  readonly description: RunDescription;
  readonly job: Job;
  readonly release: ActiveRelease | null;
  /** Held ready for its first attempt; null when nothing is. */
  readonly held: HeldAttempt | null;
  /** Called once: just before a first process of it is let go, or when it is decided that none will be. Must not throw. */
  readonly settled: (() => void) | null;
}

/** One run from its first attempt to its end. */
export interface Run {
  readonly description: RunDescription;
  readonly release: ActiveRelease | null;
  /** 0 while it waits for its turn. */
  attempt(): number;
  isRunning(): boolean;
  /** Of the process group of the attempt that is made. */
  leader(): number | null;
  /** It waits for its turn with a process held ready. */
  isHeld(): boolean;
  /** Its turn has come, for the first time or after a rest. */
  begin(): void;
  /** Ends it as gently as it allows; before its turn, at once. */
  end(cause: EndCause, graceMs?: number): void;
  kill(cause: EndCause): void;
  /** Ends it if it waits; else the attempt that it makes is its last. */
  makeLast(cause: EndCause): void;
}

type Phase =
  /** For its turn, at first or after a rest. */
  | { readonly kind: 'waiting' }
  /** Its turn has come; its process is not followed yet. */
  | { readonly kind: 'starting' }
  /** Until the attempt is over: also while the process is gone and its output still comes. */
  | { readonly kind: 'running'; readonly attempt: Attempt }
  /** A failed attempt is over; the timer ends the rest before the next. */
  | { readonly kind: 'resting'; readonly timer: Timer }
  | { readonly kind: 'over' };

/** That it shall end; kept from the instant it was asked for, in whichever phase. */
interface Asked {
  /** The first one. */
  readonly cause: EndCause;
  /** The shortest one. */
  readonly graceMs: number;
}

export function createRun(made: RunToMake, context: RunContext): Run {
  const { description, job, release } = made;
  const { runId } = description;
  const { clock, runLog, emit } = context;
  const attempts = 1 + job.settings.retries;
  let held = made.held;
  let attemptNumber = 0;
  let firstStartedAt: number | null = null;
  let phase: Phase = { kind: 'waiting' };
  let asked: Asked | null = null;
  /** Of its last attempt. */
  let error: string | null = null;
  let isLast = false;
  let isSettled = false;

  function begin(): void {
    attemptNumber += 1;
    phase = { kind: 'starting' };
    const ready = held;
    held = null;
    if (ready !== null && !ready.process.hasEnded()) return open(ready);
    ready?.discard();
    context.pace.soon(() => {
      if (asked !== null) return finishBetween(asked.cause, attemptNumber - 1);
      open(context.launch({ run: description, job, release, attempt: attemptNumber }));
    });
  }

  function open(ready: HeldAttempt): void {
    settle();
    context.instant.open(ready, description.scheduledAt ?? 0, ({ at, monotonic }) => {
      firstStartedAt ??= monotonic;
      follow(ready, at, monotonic);
    });
  }

  function follow(ready: HeldAttempt, at: number, startedAt: number): void {
    const { process, directory, resultFile, runAs } = ready;
    const number = attemptNumber;
    if (process.pid !== null) {
      const run = identityOf(description);
      const { pid } = process;
      const { after } = description;
      emit({
        type: 'attempt_started',
        at,
        ...run,
        ...(after && { after: { runId: after.runId, job: after.job } }),
        attempt: number,
        attempts,
        pid,
      });
    }
    const { timeoutMs, graceMs } = job.settings;
    const attempt = followAttempt(process, {
      clock,
      runId,
      startedAt,
      timeoutMs,
      graceMs,
      directory,
      runAs,
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
    phase = { kind: 'running', attempt };
    // Never rejects: everything that can go wrong with a process is part of its ending.
    void attempt.ended.then((ending) => attemptOver(ready, ending));
    if (asked !== null) attempt.end(asked.cause, asked.graceMs);
  }

  function attemptOver(ended: HeldAttempt, { outcome, leftBehind, stuck }: AttemptEnding): void {
    const at = clock.now();
    error = outcome.error;
    const attempt = attemptNumber;
    const mayRetry = isFailure(outcome) && attempt < attempts && !isLast;
    const delayMs = retryDelayMs(job.settings.retryDelayMs, attempt);
    const nextInMs = mayRetry && asked === null ? delayMs : null;
    const { slug } = job;
    emit({ type: 'attempt_finished', at, runId, job: slug, attempt, outcome, nextInMs });
    const revision = release?.name.revision ?? null;
    context.onAttemptOver(ended, {
      run: description,
      attempt,
      leftBehind: leftBehind && { ...leftBehind, runId, job: slug, revision, runAs: ended.runAs },
      stuck,
    });
    if (leftBehind !== null) runLog.leftBehind(description);
    if (!mayRetry || isLast) finish({ ...outcome, durationMs: durationMs() }, attempt);
    // It was too late to end this attempt, or another cause had ended it: there is no other one.
    else if (asked !== null) finishBetween(asked.cause, attempt);
    else retryLater(delayMs);
  }

  function retryLater(delayMs: number): void {
    const timer = clock.after(delayMs, () => {
      phase = { kind: 'waiting' };
      context.onWake(runId);
    });
    phase = { kind: 'resting', timer };
    context.onRest(runId);
  }

  function durationMs(): number {
    const now = clock.monotonic();
    return Math.round(now - (firstStartedAt ?? now));
  }

  /** A shutdown decides nothing about a run: it only does not come to it. */
  function settle(): void {
    if (!isSettled) made.settled?.();
    isSettled = true;
  }

  function finishBetween(cause: EndCause, attemptsMade: number): void {
    if (cause.kind !== 'shutdown') settle();
    finish(withoutProcess(cause, attemptsMade, durationMs(), error), attemptsMade);
  }

  function finish(outcome: Outcome, attemptsMade: number): void {
    if (phase.kind === 'resting') phase.timer.cancel();
    phase = { kind: 'over' };
    held?.discard();
    held = null;
    const at = clock.now();
    // One that never had its turn may end at the very instant it was queued: that is told first.
    context.instant.last(() => {
      const run = identityOf(description);
      emit({ type: 'run_finished', at, ...run, attempts: attemptsMade, outcome });
    });
    context.onFinished(runId);
  }

  function end(cause: EndCause, graceMs = job.settings.graceMs): void {
    asked = {
      cause: asked?.cause ?? cause,
      graceMs: Math.min(asked?.graceMs ?? graceMs, graceMs),
    };
    if (phase.kind === 'running') phase.attempt.end(cause, graceMs);
    else if (phase.kind === 'waiting' || phase.kind === 'resting') {
      finishBetween(cause, attemptNumber);
    }
  }

  return {
    description,
    release,
    attempt: () => attemptNumber,
    isRunning: () => phase.kind === 'running' || phase.kind === 'starting',
    leader: () => (phase.kind === 'running' ? phase.attempt.leader : null),
    isHeld: () => held !== null,
    begin,
    end,
    makeLast(cause) {
      isLast = true;
      if (phase.kind === 'waiting' || phase.kind === 'resting') end(cause);
    },
    kill(cause) {
      end(cause, 0);
      if (phase.kind === 'running') phase.attempt.kill(cause);
    },
  };
}

function isFailure({ status }: Outcome): boolean {
  return status === 'failed' || status === 'timed_out';
}
