import type { Need } from '../api/need.ts';
import type { StateUnwritten } from '../state/heartbeat-file.ts';
import { need } from './need.ts';
import { recordNeeds, type RecordFacts } from './record-needs.ts';
import { shortRevision } from '../sync/revision.ts';

type Time = number | null;

/** What a supervisor knows of itself, as far as somebody may have to do something about it. */
export interface Facts extends Readiness {
  readonly now: number;
  readonly startedAt: number;
  readonly rejected: {
    readonly revision: string;
    readonly code: string;
    readonly since: number;
    readonly nextTryAt: Time;
  } | null;
  /** Since when nothing can be written to the state volume; null when it can. */
  readonly unwritten: StateUnwritten | null;
  /** Those that are not disabled, whose last run failed and that nobody has acknowledged. */
  readonly failing: readonly { readonly job: string; readonly since: Time }[];
  /** Runs at work, and those that were due and wait. */
  readonly runs: readonly {
    readonly job: string;
    readonly dueAt: Time;
    readonly isRunning: boolean;
  }[];
  /** Null: history is not kept. */
  readonly record: RecordFacts | null;
  readonly lockedOut: { readonly since: number; readonly error: Error } | null;
  /** Null: something else than our git-sync fills the source. */
  readonly sync: {
    readonly lastSuccessAt: string | null;
    readonly error: { readonly message: string; readonly code: string } | null;
  } | null;
}

export interface Readiness {
  /** Since when there is no release; null while one is current. */
  readonly releaseMissingSince: Time;
  readonly beating: boolean;
  /** Null before the first: there is nothing to be late for. */
  readonly lastBeatAt: Time;
}

/** The one judgement of what needs somebody: the most urgent first; empty when all is well. */
export function judge(facts: Facts): Need[] {
  const { rejected, failing, lockedOut, sync, startedAt, now, record, unwritten } = facts;
  const needs = [
    readinessNeed(facts),
    ...(record === null ? [] : recordNeeds(record, startedAt, now)),
  ];
  if (lockedOut !== null) {
    const sentence = `Jobs cannot log in to their database: ${lockedOut.error.message}`;
    needs.push(need('jobs_locked_out', lockedOut.since, sentence));
  }
  if (unwritten !== null) {
    const sentence = `The state volume cannot be written: ${unwritten.reason}. Jobs run, but what is decided now is refused or lost at the next start, and no commit becomes a release.`;
    needs.push(need('state_not_written', unwritten.since, sentence));
  }
  if (rejected !== null) {
    const next = rejected.nextTryAt === null ? '' : ' It is tried again by itself.';
    const sentence = `The newest commit, ${shortRevision(rejected.revision)}, was not made a release [${rejected.code}].${next}`;
    needs.push(need('commit_rejected', rejected.since, sentence));
  }
  if (sync !== null && sync.error !== null) {
    const { message, code } = sync.error;
    const since = sync.lastSuccessAt === null ? null : Date.parse(sync.lastSuccessAt);
    needs.push(need('sync_failing', since, `No new commit can be had: ${message} [${code}]`));
  }
  for (const { job, since } of overdue(facts)) {
    const sentence = `A run of ${job} was due and has not begun: all places are taken (JOB_CONCURRENCY).`;
    needs.push({ ...need('run_overdue', since, sentence), job });
  }
  for (const { job, since } of failing) {
    const sentence = `The last run of ${job} did not succeed.`;
    needs.push({ ...need('job_failing', since, sentence), job });
  }
  return needs.filter((one) => one !== null);
}

/** Why nothing could run on time. */
export function readinessNeed(facts: Readiness): Need | null {
  const { releaseMissingSince, beating, lastBeatAt } = facts;
  if (releaseMissingSince !== null) {
    const sentence = 'There is no release to run yet: see the log for why.';
    return need('no_release', releaseMissingSince, sentence);
  }
  if (beating || lastBeatAt !== null) return lateNeed(facts);
  return need('slots_missed', null, 'The schedule has not begun yet.');
}

/** Why slots are being missed. A process that only waits for a release is well. */
export function lateNeed({ beating, lastBeatAt }: Omit<Readiness, 'releaseMissingSince'>) {
  if (beating || lastBeatAt === null) return null;
  return need('slots_missed', lastBeatAt, 'The schedule is not on time: slots are being missed.');
}

/** A run is overdue when its slot is past for so long. */
const OVERDUE_MS = 60_000;

/** Since when each job is; those that wait for an earlier run of their own do as they are told. */
function overdue({ runs, now }: Facts): { job: string; since: number }[] {
  const running = new Set(runs.filter((run) => run.isRunning).map(({ job }) => job));
  const since = new Map<string, number>();
  for (const { job, dueAt, isRunning } of runs) {
    if (isRunning || dueAt === null || running.has(job) || now - dueAt < OVERDUE_MS) continue;
    since.set(job, Math.min(dueAt, since.get(job) ?? dueAt));
  }
  return [...since].map(([job, at]) => ({ job, since: at }));
}
