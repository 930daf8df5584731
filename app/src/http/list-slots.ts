import type { EpochMs } from '@gitcron/base/clock';
import type { SlotPage } from '../api/slot.ts';
import { toIso } from '../api/instant.ts';
import type { History } from '../record/history/history.ts';
import type { SlotFacts, SlotRunRow } from '../record/history/slots.ts';
import { parseSchedule } from '../schedule/parse-schedule.ts';
import {
  fateOf,
  gapAround,
  slotsOf,
  withdrawnSlot,
  type Fate,
  type KnownOfSlots,
  type Timing,
} from '../schedule/slot-fates.ts';
import { joinSlots } from './views/slot.ts';

const FIRST_STEP_MS = 60_000;

export interface SlotsWanted {
  readonly job: string | null;
  readonly from: EpochMs;
  readonly to: EpochMs;
  /** So many slots are looked at for a page. */
  readonly limit: number;
}

/** The supervisor that answers. */
export interface Answering {
  readonly now: EpochMs;
  /** What happened later may wait in the journal. */
  readonly toldUntil: EpochMs;
  readonly owner: string;
  /** See `SlotLedger`. */
  readonly watchedSince: EpochMs | null;
}

type OwnedTiming = Timing & { readonly owner: string };

/** A slot before its fate is known. */
interface Candidate {
  readonly at: EpochMs;
  readonly timing: OwnedTiming;
  readonly isWithdrawn: boolean;
}

export interface FatedSlot {
  readonly job: string;
  readonly at: EpochMs;
  readonly fate: Fate<SlotRunRow>;
}

/** The slots of all jobs in a range, past and planned, in their order, with what became of each. */
export async function listSlots(
  history: History,
  wanted: SlotsWanted,
  answering: Answering,
): Promise<SlotPage> {
  const { job, from, to, limit } = wanted;
  const facts = withLiveWatch(await history.slotFacts(job, from, to), answering);
  const timings = timingsOf(facts, answering);
  const { candidates, next } = firstSlots(timings, wanted, limit);
  const jobs = [...new Set(candidates.map(({ timing }) => timing.job.slug))];
  const last = candidates.at(-1)?.at ?? from;
  const runs = await history.slotRuns(jobs, from, endOfGaps(last, facts, answering.now));
  const known = knownByOwnerAndJob(facts, runs, answering);
  const slots = candidates.map(({ at, timing, isWithdrawn }): FatedSlot => {
    const { slug } = timing.job;
    if (isWithdrawn) {
      return { job: slug, at, fate: { kind: 'withdrawn', by: 'commit', revision: timing.endedBy } };
    }
    return { job: slug, at, fate: fateOf(at, timing, known(timing.owner, slug)) };
  });
  const complete = answering.toldUntil >= answering.now;
  return { items: joinSlots(slots), complete, next: toIso(next) };
}

/** What a supervisor that is alive looks after it tells each minute only. */
function withLiveWatch(facts: SlotFacts, { owner, watchedSince, now }: Answering): SlotFacts {
  if (watchedSince === null) return facts;
  return { ...facts, watched: [...facts.watched, { owner, after: watchedSince, until: now }] };
}

/** Of another supervisor it is not known whether it will go on: its slots end where it was last seen. */
function timingsOf({ timings, watched }: SlotFacts, { owner }: Answering): OwnedTiming[] {
  return timings.map((row) => {
    const { since, until, held, endedBy, jitterMs } = row;
    const seen = watched.findLast((one) => one.owner === row.owner)?.until ?? since;
    const schedule = parseSchedule(row.schedule, row.zone ?? 'UTC');
    return {
      owner: row.owner,
      job: { slug: row.job, schedule, settings: { jitterMs, disabled: false } },
      since,
      until: row.owner === owner ? until : (until ?? seen),
      held,
      makesUpMs: row.catchUp === 'last' ? (row.windowMs ?? Number.POSITIVE_INFINITY) : null,
      endedBy,
    };
  });
}

/** The first slots of all timings by time, and where the next page begins. */
function firstSlots(timings: readonly OwnedTiming[], { from, to }: SlotsWanted, limit: number) {
  const candidates = [
    ...ownSlots(timings, from, to, limit),
    ...withdrawnSlots(timings).filter(({ at }) => from <= at && at <= to),
  ];
  candidates.sort((a, b) => a.at - b.at || (a.timing.job.slug < b.timing.job.slug ? -1 : 1));
  const beyond = candidates[limit];
  if (beyond === undefined) return { candidates, next: null };
  // A page ends between two instants; all of one may be more than it holds.
  const whole = candidates.filter(({ at }) => at < beyond.at);
  if (whole.length > 0) return { candidates: whole, next: beyond.at };
  return { candidates: candidates.filter(({ at }) => at === beyond.at), next: beyond.at + 1 };
}

/** Goes through time in larger and larger steps, until there are more than wanted. */
function ownSlots(
  timings: readonly OwnedTiming[],
  from: EpochMs,
  to: EpochMs,
  limit: number,
): Candidate[] {
  const found: Candidate[] = [];
  const cursors = timings.map((timing) => {
    const slots = slotsOf(timing, from, to);
    return { timing, slots, next: slots.next() };
  });
  let left = cursors.filter(({ next }) => !next.done);
  for (let stepMs = FIRST_STEP_MS; left.length > 0 && found.length <= limit; stepMs *= 2) {
    const begin = left.reduce((min, { next }) => Math.min(min, next.value ?? min), to);
    for (const cursor of left) {
      for (let count = 0; count <= limit; count += 1) {
        const { value: at } = cursor.next;
        if (at === undefined || at > begin + stepMs) break;
        found.push({ at, timing: cursor.timing, isWithdrawn: false });
        cursor.next = cursor.slots.next();
      }
    }
    left = left.filter(({ next }) => !next.done);
  }
  return found;
}

function withdrawnSlots(timings: readonly OwnedTiming[]): Candidate[] {
  const byJob = Map.groupBy(timings, ({ owner, job }) => keyOf(owner, job.slug));
  return [...byJob.values()].flatMap((ofJob) =>
    ofJob.flatMap((timing) => {
      const at = withdrawnSlot(timing, ofJob);
      return at === null ? [] : [{ at, timing, isWithdrawn: true }];
    }),
  );
}

/** Runs that make up for the last slots of a page may be of later slots. */
function endOfGaps(last: EpochMs, facts: SlotFacts, now: EpochMs): EpochMs {
  const owners = new Set(facts.timings.map(({ owner }) => owner));
  const gaps = [...owners].map((owner) => {
    const ofOwner = <Row extends { owner: string }>(rows: readonly Row[]) =>
      rows.filter((row) => row.owner === owner);
    const { watched, givenUp } = facts;
    return gapAround(last, { watched: ofOwner(watched), givenUp: ofOwner(givenUp), now })?.until;
  });
  return Math.max(last, ...gaps.map((until) => until ?? last));
}

function knownByOwnerAndJob(
  facts: SlotFacts,
  runs: readonly SlotRunRow[],
  { now, toldUntil }: Answering,
) {
  const known = new Map<string, KnownOfSlots<SlotRunRow>>();
  const runsBy = Map.groupBy(runs, (run) => keyOf(run.owner, run.job));
  const givenUpBy = Map.groupBy(facts.givenUp, (one) => keyOf(one.owner, one.job));
  const watchedBy = Map.groupBy(facts.watched, ({ owner }) => owner);
  const forgottenBy = new Map(facts.forgotten.map(({ job, until }) => [job, until]));
  return (owner: string, job: string): KnownOfSlots<SlotRunRow> => {
    const key = keyOf(owner, job);
    const found = known.get(key);
    if (found !== undefined) return found;
    const own = runsBy.get(key) ?? [];
    const made = {
      now,
      toldUntil,
      runs: Map.groupBy(own, ({ scheduledAt }) => scheduledAt),
      catchUps: own.filter(({ trigger }) => trigger === 'catch_up'),
      watched: watchedBy.get(owner) ?? [],
      givenUp: givenUpBy.get(key) ?? [],
      forgottenUntil: forgottenBy.get(job) ?? null,
    };
    known.set(key, made);
    return made;
  };
}

function keyOf(owner: string, job: string): string {
  return `${owner} ${job}`;
}
