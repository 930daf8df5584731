import type { EpochMs } from '@gitcron/base/clock';
import type { OverlapPolicy } from '../schedule/job.ts';
import { shortRunId } from './short-run-id.ts';

/** What the queue needs to know of a run. */
export interface QueueEntry {
  readonly runId: string;
  readonly job: string;
  readonly overlap: OverlapPolicy;
  readonly lock: string | null;
  /** Its slot, or when it was asked for: the oldest is first. */
  readonly due: EpochMs;
}

export type Admission =
  /** It is in the queue; `next` hands it out when its turn has come. */
  | { readonly kind: 'admitted'; readonly replaces: readonly string[] }
  | { readonly kind: 'overlap'; readonly inTheWay: string }
  | { readonly kind: 'full'; readonly limit: number; readonly inTheWay: string };

/**
 * Decides which run begins when: overlap policy, locks and the limit on concurrent runs.
 * Pure bookkeeping, without processes, timers or a clock.
 */
export interface RunQueue {
  offer(entry: QueueEntry): Admission;
  /** What `offer` would answer; changes nothing. */
  consider(entry: Pick<QueueEntry, 'job' | 'overlap'>): Admission;
  /** @returns the oldest run whose turn it is, which then counts as running; null when none is. */
  next(): QueueEntry | null;
  /** It waits to be tried again: it holds its place in its job, but no lock and no capacity. */
  rest(runId: string): void;
  /** Its rest is over: it waits for its turn. */
  wake(runId: string): void;
  remove(runId: string): void;
}

/** Runs of one job that may wait. Beyond it a slot is skipped: a job that can't keep up never will. */
const WAITING_LIMIT = 1000;

type Phase = 'waiting' | 'running' | 'resting';

interface Place {
  readonly entry: QueueEntry;
  phase: Phase;
}

interface JobPlaces {
  /** In the order they came. */
  readonly runIds: Set<string>;
  /** How many of them are running or resting. */
  busy: number;
}

export function createRunQueue(concurrency: number, waitingLimit = WAITING_LIMIT): RunQueue {
  const places = new Map<string, Place>();
  const jobs = new Map<string, JobPlaces>();
  const locked = new Set<string>();
  /** In the order of their slots. */
  const waiting: QueueEntry[] = [];
  let running = 0;

  function jobPlaces(job: string): JobPlaces {
    const known = jobs.get(job);
    if (known !== undefined) return known;
    const made: JobPlaces = { runIds: new Set(), busy: 0 };
    jobs.set(job, made);
    return made;
  }

  function consider({ job, overlap }: Pick<QueueEntry, 'job' | 'overlap'>): Admission {
    const others = jobs.get(job);
    const [oldest] = others?.runIds ?? [];
    if (others === undefined || oldest === undefined) return { kind: 'admitted', replaces: [] };
    if (overlap === 'skip') return { kind: 'overlap', inTheWay: oldest };
    if (overlap === 'replace') return { kind: 'admitted', replaces: [...others.runIds] };
    return others.runIds.size - others.busy < waitingLimit
      ? { kind: 'admitted', replaces: [] }
      : { kind: 'full', limit: waitingLimit, inTheWay: oldest };
  }

  function mayStart({ job, lock, overlap }: QueueEntry): boolean {
    if (lock !== null && locked.has(lock)) return false;
    return overlap === 'allow' || jobPlaces(job).busy === 0;
  }

  function enqueue(entry: QueueEntry): void {
    let index = waiting.length;
    while (index > 0 && (waiting[index - 1]?.due ?? 0) > entry.due) index -= 1;
    waiting.splice(index, 0, entry);
  }

  function moveTo(place: Place, phase: Phase): void {
    const { entry } = place;
    leave(place);
    place.phase = phase;
    if (phase === 'waiting') return enqueue(entry);
    jobPlaces(entry.job).busy += 1;
    if (phase !== 'running') return;
    running += 1;
    if (entry.lock !== null) locked.add(entry.lock);
  }

  /** Gives back what a run holds in its phase. */
  function leave({ entry, phase }: Place): void {
    if (phase === 'waiting') {
      const index = waiting.indexOf(entry);
      if (index !== -1) waiting.splice(index, 1);
      return;
    }
    jobPlaces(entry.job).busy -= 1;
    if (phase !== 'running') return;
    running -= 1;
    if (entry.lock !== null) locked.delete(entry.lock);
  }

  return {
    consider,
    offer(entry) {
      const admission = consider(entry);
      if (admission.kind !== 'admitted') return admission;
      places.set(entry.runId, { entry, phase: 'waiting' });
      jobPlaces(entry.job).runIds.add(entry.runId);
      enqueue(entry);
      return admission;
    },
    next() {
      if (running >= concurrency) return null;
      const entry = waiting.find(mayStart);
      const place = entry && places.get(entry.runId);
      if (place === undefined) return null;
      moveTo(place, 'running');
      return place.entry;
    },
    rest(runId) {
      const place = places.get(runId);
      if (place?.phase === 'running') moveTo(place, 'resting');
    },
    wake(runId) {
      const place = places.get(runId);
      if (place?.phase === 'resting') moveTo(place, 'waiting');
    },
    remove(runId) {
      const place = places.get(runId);
      if (place === undefined) return;
      leave(place);
      places.delete(runId);
      const ofJob = jobPlaces(place.entry.job);
      ofJob.runIds.delete(runId);
      if (ofJob.runIds.size === 0) jobs.delete(place.entry.job);
    },
  };
}

/** Why a run was not taken, in words. */
export function refusalText(admission: Exclude<Admission, { kind: 'admitted' }>): string {
  return admission.kind === 'overlap'
    ? `Its run #${shortRunId(admission.inTheWay)} is not over yet.`
    : `${admission.limit} of its runs are waiting already.`;
}
