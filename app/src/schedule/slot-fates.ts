import type { EpochMs } from '@gitcron/base/clock';
import type { GivenUpCause } from './slot-notes.ts';
import { nextSlotOf, type TimedJob } from './planner.ts';

/** A slot is late from then on, and one without a run is not given up before. */
export const ON_TIME_MS = 1000;

/** The slots of a job in (since, until] are those of this schedule. */
export interface Timing {
  readonly job: TimedJob;
  readonly since: EpochMs;
  /** Null: it is in force. */
  readonly until: EpochMs | null;
  /** Who took it off the schedule; null: it is on it. */
  readonly held: 'crontab' | 'switch' | null;
  /** How far back a run of `@catchup last` makes up for others than its own slot; null: not at all. */
  readonly makesUpMs: number | null;
  /** The revision whose crontab ended it. */
  readonly endedBy: string | null;
}

export interface SlotRun {
  readonly runId: string;
  readonly scheduledAt: EpochMs;
  readonly queuedAt: EpochMs;
  readonly startedAt: EpochMs | null;
  readonly status: string;
  readonly trigger: string;
}

/** (after, until] */
export interface Range {
  readonly after: EpochMs;
  readonly until: EpochMs;
}

/** What is known of one job beside its timings, by one supervisor. */
export interface KnownOfSlots<Run extends SlotRun = SlotRun> {
  readonly now: EpochMs;
  /** What happened later may not have been told yet. */
  readonly toldUntil: EpochMs;
  /** By their slot; several have one slot where the clock was set back. */
  readonly runs: ReadonlyMap<EpochMs, readonly Run[]>;
  /** Of `@catchup`, by slot. */
  readonly catchUps: readonly Run[];
  /** In which slots were looked after, in order. */
  readonly watched: readonly Range[];
  readonly givenUp: readonly (Range & { readonly cause: GivenUpCause })[];
  /** Up to here runs were cleaned up. */
  readonly forgottenUntil: EpochMs | null;
}

/** What became of a slot. */
export type Fate<Run extends SlotRun = SlotRun> =
  | { readonly kind: 'planned' }
  /** `not_begun`: its run ended before it began. */
  | { readonly kind: 'waiting' | 'on_time' | 'skipped' | 'not_begun'; readonly run: Run }
  /** `turn`: it was queued in time; `stalled`: nothing could be started in time. */
  | {
      readonly kind: 'late';
      readonly run: Run;
      readonly lateMs: number;
      readonly why: 'turn' | 'stalled';
    }
  | { readonly kind: 'made_up'; readonly run: Run; readonly lateMs: number }
  | {
      readonly kind: 'missed';
      readonly why: 'down' | GivenUpCause;
      /** The run of a later slot that stands for this one, too. */
      readonly madeUpBy: Run | null;
    }
  | {
      readonly kind: 'withdrawn';
      readonly by: 'commit' | 'crontab' | 'switch';
      readonly revision: string | null;
    }
  /** It was looked after; its run, if there was one, has been cleaned up. */
  | { readonly kind: 'forgotten' }
  /** What became of it waits to be stored. */
  | { readonly kind: 'unwritten' }
  | { readonly kind: 'unexplained' };

/** The slots of a timing in [from, to], one after the other: also of a job that is held. */
export function* slotsOf(timing: Timing, from: EpochMs, to: EpochMs): Generator<EpochMs> {
  const end = Math.min(to, timing.until ?? to);
  let at = nextSlotOf(timing.job, Math.max(timing.since, from - 1));
  while (at !== null && at <= end) {
    yield at;
    at = nextSlotOf(timing.job, at);
  }
}

/**
 * The slot that was the next of a job when another crontab, or a switch, took it away; null where it
 * is one of the new schedule, too. It was planned, and everybody could read of it.
 */
export function withdrawnSlot(timing: Timing, others: readonly Timing[]): EpochMs | null {
  const { until } = timing;
  if (until === null || timing.held !== null) return null;
  const at = nextSlotOf(timing.job, until);
  if (at === null) return null;
  const isPlanned = others.some(
    (other) =>
      other !== timing &&
      other.since < at &&
      at <= (other.until ?? at) &&
      nextSlotOf(other.job, at - 1) === at,
  );
  return isPlanned ? null : at;
}

export function fateOf<Run extends SlotRun>(
  at: EpochMs,
  timing: Timing,
  known: KnownOfSlots<Run>,
): Fate<Run> {
  const runs = known.runs.get(at) ?? [];
  const run = runs.find(({ startedAt }) => startedAt !== null) ?? runs[0];
  if (run !== undefined) return fateOfRun(run);
  if (timing.held !== null) return { kind: 'withdrawn', by: timing.held, revision: null };
  if (at > known.now - ON_TIME_MS) return { kind: 'planned' };
  if (at > known.toldUntil) return { kind: 'unwritten' };
  // Before the oldest watch that is remembered.
  if (at <= (known.watched[0]?.after ?? at)) return { kind: 'forgotten' };
  const gap = gapAround(at, known);
  if (gap !== null) {
    return { kind: 'missed', why: gap.why, madeUpBy: standIn(at, gap.until, timing, known) };
  }
  const { forgottenUntil } = known;
  return { kind: forgottenUntil !== null && at <= forgottenUntil ? 'forgotten' : 'unexplained' };
}

function fateOfRun<Run extends SlotRun>(run: Run): Fate<Run> {
  const { scheduledAt, queuedAt, startedAt, status, trigger } = run;
  if (startedAt === null) {
    if (status === 'queued') return { kind: 'waiting', run };
    return { kind: status === 'skipped' ? 'skipped' : 'not_begun', run };
  }
  const lateMs = startedAt - scheduledAt;
  if (trigger === 'catch_up') return { kind: 'made_up', run, lateMs };
  if (lateMs <= ON_TIME_MS) return { kind: 'on_time', run };
  const why = queuedAt - scheduledAt > ON_TIME_MS ? 'stalled' : 'turn';
  return { kind: 'late', run, lateMs, why };
}

/** The time around a slot in which none could fire, and up to when; null: it should have fired. */
export function gapAround(
  at: EpochMs,
  { watched, givenUp, now }: Pick<KnownOfSlots, 'watched' | 'givenUp' | 'now'>,
): { readonly why: 'down' | GivenUpCause; readonly until: EpochMs } | null {
  const given = givenUp.find(({ after, until }) => after < at && at <= until);
  if (given !== undefined) return { why: given.cause, until: given.until };
  if (watched.some(({ after, until }) => after < at && at <= until)) return null;
  const next = watched.find(({ after }) => after >= at);
  return { why: 'down', until: next?.after ?? now };
}

/** `@catchup last` runs once for all slots of a gap that lie in its window. */
function standIn<Run extends SlotRun>(
  at: EpochMs,
  gapUntil: EpochMs,
  { makesUpMs }: Timing,
  { catchUps }: KnownOfSlots<Run>,
): Run | null {
  if (makesUpMs === null) return null;
  const run = catchUps.find(({ scheduledAt }) => at < scheduledAt && scheduledAt <= gapUntil);
  return run !== undefined && run.queuedAt - at <= makesUpMs ? run : null;
}
