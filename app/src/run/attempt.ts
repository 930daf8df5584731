import { existsSync } from 'node:fs';
import type { Clock, Timer } from '@gitcron/base/clock';
import type { ProcessUser } from '../processes/process-user.ts';
import type { Outcome } from '../events.ts';
import type { LeftBehind } from './background.ts';
import { outcomeOf, type EndCause } from './outcome.ts';
import { readJobOutput, type JobOutputOptions } from './output/job-output.ts';
import { LastWords } from '../events/last-words.ts';
import type { HeldProcess, ProcessEnd } from './process/held-process.ts';
import { isSameProcess, type ProcessEntry } from './process/process-table.ts';
import { isGroupAlive, killNow, terminate, type Termination } from './process/terminate.ts';
import type { ResultFile } from './result-file.ts';

export interface AttemptOptions {
  readonly clock: Clock;
  readonly runId: string;
  /** When its gate opened, on the monotonic clock. Milliseconds. */
  readonly startedAt: number;
  readonly timeoutMs: number | null;
  readonly graceMs: number;
  readonly directory: string;
  readonly runAs: ProcessUser | null;
  readonly resultFile: ResultFile;
  readonly output: JobOutputOptions;
  /** SIGTERM is on its way. */
  readonly onTerminate: (cause: EndCause, graceMs: number) => void;
}

export interface AttemptEnding {
  readonly outcome: Outcome;
  /** Why the supervisor ended it; null when it ended by itself. */
  readonly cause: EndCause | null;
  /** What not even SIGKILL has ended of it. */
  readonly stuck: readonly ProcessEntry[];
  /** What it left running in the background; null when nothing was. */
  readonly leftBehind: Pick<LeftBehind, 'leader' | 'outputs'> | null;
}

/** One execution of a job's command, from the open gate to its end. */
export interface Attempt {
  /** Of its process group; null when no process could be started. */
  readonly leader: number | null;
  readonly ended: Promise<AttemptEnding>;
  /** SIGTERM, the grace, SIGKILL. The first cause counts, and the grace that is over first. */
  end(cause: EndCause, graceMs?: number): void;
  /** SIGKILL now. */
  kill(cause: EndCause): void;
}

/** Follows a process whose gate was opened. */
export function followAttempt(held: HeldProcess, options: AttemptOptions): Attempt {
  const { clock, graceMs, timeoutMs, startedAt } = options;
  const hurry = new AbortController();
  let cause: EndCause | null = null;
  const leaderStuck = Promise.withResolvers<ProcessEnd>();
  let termination = Promise.resolve<Termination>({ forced: false, left: [] });
  let killAt = Number.POSITIVE_INFINITY;
  let earlierKill: Timer | null = null;

  const lastWords = new LastWords();
  const output: JobOutputOptions = {
    ...options.output,
    onBytes(stream, bytes) {
      lastWords.push(stream, bytes);
      options.output.onBytes(stream, bytes);
    },
  };
  const outputs = [
    ...(held.stdout ? [readJobOutput(held.stdout, 'stdout', output)] : []),
    ...(held.stderr ? [readJobOutput(held.stderr, 'stderr', output)] : []),
  ];
  const timeout =
    timeoutMs === null ? null : clock.after(timeoutMs, () => end({ kind: 'timeout', timeoutMs }));

  function end(newCause: EndCause, newGraceMs = graceMs): void {
    if (held.pid === null || held.hasEnded()) return;
    if (cause !== null) shortenGrace(newGraceMs);
    else beginEnd(newCause, newGraceMs, held.pid);
    if (newCause.kind === 'shutdown') void termination.then(leaveStuck);
  }

  function beginEnd(newCause: EndCause, newGraceMs: number, leader: number): void {
    cause = newCause;
    killAt = clock.monotonic() + newGraceMs;
    options.onTerminate(newCause, newGraceMs);
    const { runId, runAs } = options;
    termination = terminate({ leader, runId, runAs }, newGraceMs, hurry.signal);
  }

  /** A shutdown does not wait for what will not end. */
  function leaveStuck({ left }: Termination): void {
    if (left.some(({ pid }) => pid === held.pid)) leaderStuck.resolve({ kind: 'stuck' });
  }

  /** A shutdown waits no hour for a run that was given an hour when it was canceled. */
  function shortenGrace(newGraceMs: number): void {
    const at = clock.monotonic() + newGraceMs;
    if (at >= killAt) return;
    killAt = at;
    earlierKill?.cancel();
    earlierKill = clock.after(newGraceMs, () => hurry.abort());
  }

  async function finish(): Promise<AttemptEnding> {
    const process = await Promise.race([held.ended, leaderStuck.promise]);
    timeout?.cancel();
    const { forced, left } = await termination;
    earlierKill?.cancel();
    const durationMs = clock.monotonic() - startedAt;
    await Promise.all(outputs.map((each) => each.drain()));
    for (const each of outputs) each.detach();
    const { directory, resultFile } = options;
    const outcome = outcomeOf({
      process,
      cause,
      forced,
      directory,
      directoryExists: process.kind !== 'not_started' || existsSync(directory),
      durationMs: Math.round(durationMs),
      result: resultFile.take(),
      lastWords: lastWords.text(),
    });
    const stuck = left.filter(isSameProcess);
    return { outcome, cause, stuck, leftBehind: process.kind === 'stuck' ? null : leftBehind() };
  }

  function leftBehind(): AttemptEnding['leftBehind'] {
    const { pid } = held;
    if (pid === null) return null;
    const open = outputs.filter((each) => each.isOpen());
    return open.length > 0 || isGroupAlive(pid) ? { leader: pid, outputs: open } : null;
  }

  return {
    leader: held.pid,
    ended: finish(),
    end,
    kill(newCause) {
      end(newCause, 0);
      hurry.abort();
      if (held.pid !== null && !held.hasEnded()) killNow(held.pid);
    },
  };
}
