import type { Need } from '../api/need.ts';
import { toIso } from '../api/instant.ts';
import type { StateUnwritten } from '../state/heartbeat-file.ts';

type Time = number | null;

/** What a supervisor knows of itself, as far as somebody may have to do something about it. */
export interface Facts extends Readiness {
  readonly startedAt: number;
  readonly rejected: {
    readonly revision: string;
    readonly code: string;
    readonly nextTryAt: Time;
  } | null;
  /** Since when nothing can be written to the state volume; null when it can. */
  readonly unwritten: StateUnwritten | null;
  /** Those that are not disabled, whose last run failed and that nobody has acknowledged. */
  readonly failing: readonly { readonly job: string; readonly since: Time }[];
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
  readonly hasRelease: boolean;
  readonly beating: boolean;
  readonly lastBeatAt: Time;
}

export interface RecordFacts {
  readonly prepared: boolean;
  readonly databaseDown: { readonly since: number; readonly reason: string } | null;
}

/** The one judgement of what needs somebody: the most urgent first; empty when all is well. */
export function judge(facts: Facts): Need[] {
  const { rejected, failing, lockedOut, sync, startedAt, record, unwritten } = facts;
  const needs = [readinessNeed(facts), record && historyNeed(record, startedAt)];
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
    const sentence = `The newest commit, ${rejected.revision.slice(0, 7)}, was not made a release [${rejected.code}].${next}`;
    needs.push(need('commit_rejected', null, sentence));
  }
  if (sync !== null && sync.error !== null) {
    const { message, code } = sync.error;
    const since = sync.lastSuccessAt === null ? null : Date.parse(sync.lastSuccessAt);
    needs.push(need('sync_failing', since, `No new commit can be had: ${message} [${code}]`));
  }
  for (const { job, since } of failing) {
    const sentence = `The last run of ${job} did not succeed.`;
    needs.push({ ...need('job_failing', since, sentence), job });
  }
  return needs.filter((one) => one !== null);
}

/** Why nothing could run on time. */
export function readinessNeed({ hasRelease, beating, lastBeatAt }: Readiness): Need | null {
  if (!hasRelease) {
    return need('no_release', null, 'There is no release to run yet: see the log for why.');
  }
  if (beating) return null;
  return need('slots_missed', lastBeatAt, 'The schedule is not on time: slots are being missed.');
}

/** Why history does not reach the database; jobs do not wait for that. */
export function historyNeed(record: RecordFacts, startedAt: Time): Need | null {
  const { prepared, databaseDown } = record;
  if (databaseDown !== null) {
    const sentence = `History is not written, the database is away: ${databaseDown.reason}`;
    return need('history_not_written', databaseDown.since, sentence);
  }
  if (prepared) return null;
  const sentence = 'History is not written yet: the database is not brought up to date.';
  return need('history_not_written', startedAt, sentence);
}

function need(code: Need['code'], since: Time, sentence: string): Need {
  return { code, since: toIso(since), sentence };
}
