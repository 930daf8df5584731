import { v7 as uuidv7 } from 'uuid';
import type { EpochMs } from '@gitcron/base/clock';
import type { Outcome, RecordedEvent, ReleaseName, RunDescription } from '../../app/src/events.ts';
import { identityOf, type Predecessor } from '../../app/src/events/run-description.ts';
import { outcomeOf, skipped, type EndCause } from '../../app/src/run/outcome.ts';
import { refusalText } from '../../app/src/run/run-queue.ts';
import type { ProcessEnd } from '../../app/src/run/process/held-process.ts';
import type { Job } from '../../app/src/schedule/job.ts';
import { inventTrouble, inventWork } from './invented-work.ts';
import type { Chance } from './random.ts';

const DAY_MS = 86_400_000;

/** A run that is due, whoever wanted it. */
export interface DueRun extends Pick<
  RunDescription,
  'trigger' | 'requestedBy' | 'scheduledAt' | 'params' | 'after'
> {
  readonly job: Job;
  readonly at: EpochMs;
  /** Whoever started it thought better of it. */
  readonly canceledAfterMs?: number;
}

/** The life of the supervisor in which it runs. */
export interface Span {
  readonly until: EpochMs;
  readonly end: 'stopped' | 'killed' | 'none';
  /** Midnight of today: what goes wrong is told by days before it. */
  readonly today: EpochMs;
}

interface InventedAttempt {
  readonly takesMs: number;
  readonly outcome: Outcome;
  readonly stdout: readonly string[];
  readonly stderr: readonly string[];
}

/** What became of a run. */
export interface Told {
  /** 0 for a run that would not be over now: the real ones begin where these end. */
  readonly runs: 0 | 1;
  /** Null: nothing can follow it. */
  readonly end: { readonly at: EpochMs; readonly of: Predecessor } | null;
}

/** Tells the life of a run from its slot to its end. */
export function inventLife(
  { job, at, canceledAfterMs, ...cause }: DueRun,
  release: ReleaseName,
  span: Span,
  busy: Map<string, { readonly at: EpochMs; readonly runId: string }>,
  chance: Chance,
  record: (event: RecordedEvent) => void,
): Told {
  const queuedAt = at + chance.between(0, 3);
  const runId = uuidv7({ msecs: queuedAt, random: chance.bytes(16) });
  const run: RunDescription = { runId, job: job.slug, command: job.command, release, ...cause };
  const inTheWay = busy.get(job.slug);
  if (inTheWay !== undefined && inTheWay.at > at) {
    const outcome = skipped(refusalText({ kind: 'overlap', inTheWay: inTheWay.runId }));
    record({ type: 'run_queued', at: queuedAt, run });
    record({ type: 'run_finished', at: queuedAt, ...identityOf(run), attempts: 0, outcome });
    return { runs: 1, end: null };
  }
  const attempts = inventAttempts(job, (span.today - at) / DAY_MS, chance);
  const { retryDelayMs, retries } = job.settings;
  const takesMs =
    attempts.reduce((sum, one) => sum + one.takesMs, 0) + (attempts.length - 1) * retryDelayMs;
  if (span.end === 'none' && at + takesMs > span.until) return { runs: 0, end: null };

  record({ type: 'run_queued', at: queuedAt, run });
  const identity = identityOf(run);
  const startedAt = queuedAt + chance.between(1, 14);
  let time = startedAt;
  let end: Told['end'] = null;
  for (const [index, { stdout, stderr, ...invented }] of attempts.entries()) {
    const attempt = index + 1;
    const pid = chance.between(900, 32_000);
    record({ type: 'attempt_started', at: time, ...identity, attempt, attempts: retries + 1, pid });
    const canceledAt = canceledAfterMs === undefined ? Infinity : startedAt + canceledAfterMs;
    const cutAt = Math.min(span.until, canceledAt);
    const isCut = time + invented.takesMs > cutAt;
    // Nobody was there any more to tell its end: the next life finds it lost.
    if (isCut && cutAt === span.until && span.end === 'killed') return { runs: 1, end: null };
    const takes = isCut ? cutAt - time : invented.takesMs;
    const why: EndCause =
      cutAt === canceledAt ? { kind: 'cancel', by: cause.requestedBy ?? '' } : { kind: 'shutdown' };
    const outcome = isCut ? endedBy(why, takes) : invented.outcome;
    write('stdout', isCut ? stdout.slice(0, 1) : stdout, 0.7);
    write('stderr', isCut ? [] : stderr, 0.99);
    time += takes;
    const next = isCut ? undefined : attempts[attempt];
    const nextInMs = next === undefined ? null : retryDelayMs;
    record({
      type: 'attempt_finished',
      at: time,
      runId,
      job: job.slug,
      attempt,
      outcome,
      nextInMs,
    });
    if (next === undefined) {
      const { status, result } = outcome;
      end = { at: time, of: { runId, job: job.slug, status, result } };
      const whole = { ...outcome, durationMs: time - startedAt };
      record({ type: 'run_finished', at: time, ...identity, attempts: attempt, outcome: whole });
      break;
    }
    time += retryDelayMs;

    function write(stream: 'stdout' | 'stderr', lines: readonly string[], part: number): void {
      if (lines.length === 0) return;
      const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
      record({
        type: 'output',
        at: time + Math.round(takes * part),
        runId,
        attempt,
        stream,
        bytes,
      });
    }
  }
  busy.set(job.slug, { at: time, runId });
  return { runs: 1, end };
}

function inventAttempts(job: Job, daysAgo: number, chance: Chance): InventedAttempt[] {
  const attempts: InventedAttempt[] = [];
  do {
    attempts.push(inventAttempt(job, daysAgo, attempts.length + 1, chance));
  } while (
    attempts.at(-1)?.outcome.status !== 'succeeded' &&
    attempts.length <= job.settings.retries
  );
  return attempts;
}

function inventAttempt(
  job: Job,
  daysAgo: number,
  attempt: number,
  chance: Chance,
): InventedAttempt {
  const work = inventWork(job.slug, chance);
  const trouble = inventTrouble(job.slug, daysAgo, attempt, chance);
  const begun = work.says.length > 1 ? work.says.slice(0, 1) : [];
  if (trouble?.kind === 'exits') {
    const { code, afterMs, says } = trouble;
    const end = { kind: 'exited', exitCode: code } as const;
    const outcome = ended(end, null, afterMs, null, says.join('\n'));
    return { takesMs: afterMs, outcome, stdout: begun, stderr: says };
  }
  if (trouble?.kind === 'is killed') {
    const end = { kind: 'signaled', signal: 'SIGKILL' } as const;
    const outcome = ended(end, null, trouble.afterMs, null, begun.join('\n') || null);
    return { takesMs: trouble.afterMs, outcome, stdout: begun, stderr: [] };
  }
  const takesMs = trouble?.takesMs ?? work.takesMs;
  const { timeoutMs } = job.settings;
  if (timeoutMs !== null && takesMs > timeoutMs) {
    const outcome = endedBy({ kind: 'timeout', timeoutMs }, timeoutMs, begun.join('\n') || null);
    return { takesMs: timeoutMs, outcome, stdout: begun, stderr: [] };
  }
  const outcome = ended({ kind: 'exited', exitCode: 0 }, null, takesMs, work.result, null);
  return { takesMs, outcome, stdout: work.says, stderr: [] };
}

function endedBy(cause: EndCause, durationMs: number, lastWords: string | null = null): Outcome {
  return ended({ kind: 'signaled', signal: 'SIGTERM' }, cause, durationMs, null, lastWords);
}

/** In the words of those who end real runs. */
function ended(
  process: ProcessEnd,
  cause: EndCause | null,
  durationMs: number,
  result: string | null,
  lastWords: string | null,
): Outcome {
  const place = { directory: '/app/project/current', directoryExists: true };
  return outcomeOf({ process, cause, forced: false, ...place, durationMs, result, lastWords });
}
