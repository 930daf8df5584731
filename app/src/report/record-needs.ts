import prettyBytes from 'pretty-bytes';
import type { Need } from '../api/need.ts';
import { need } from './need.ts';

type Time = number | null;

/** What the record knows of itself; see `RecorderStatus`. */
export interface RecordFacts {
  readonly prepared: boolean;
  readonly databaseDown: { readonly since: number; readonly reason: string } | null;
  readonly journalBytes: number;
  readonly waitingSince: Time;
  readonly inMemorySince: Time;
  readonly droppingSince: Time;
  readonly droppedOutputBytes: number;
  readonly lostSince: Time;
  readonly lostRuns: number;
}

/** A database that answers nothing for so long hangs. */
const HANGS_MS = 120_000;

/** What somebody has to do for history; jobs do not wait for that. */
export function recordNeeds(record: RecordFacts, startedAt: number, now: number): Need[] {
  const { inMemorySince, droppingSince, droppedOutputBytes, lostSince, lostRuns } = record;
  const needs = [historyNeed(record, startedAt, now)];
  if (lostSince !== null) {
    const sentence = `The history of ${lostRuns} finished runs is lost: disk and memory were full. It is told until the next start.`;
    needs.push(need('history_lost', lostSince, sentence));
  }
  if (inMemorySince !== null) {
    const sentence =
      'The journal on the state volume cannot be written: history waits in memory, and is lost if the supervisor dies. Free disk space there.';
    needs.push(need('history_in_memory', inMemorySince, sentence));
  }
  if (droppingSince !== null) {
    const sentence = `There is no room for all the history that waits: ${prettyBytes(droppedOutputBytes)} of output had to go. Bring the database back, free disk space, or raise JOURNAL_LIMIT_MB.`;
    needs.push(need('output_left_out', droppingSince, sentence));
  }
  return needs.filter((one) => one !== null);
}

/** Why history does not reach the database. */
export function historyNeed(record: RecordFacts, startedAt: number, now: number): Need | null {
  const { prepared, databaseDown, waitingSince, journalBytes } = record;
  const waits = `${prettyBytes(journalBytes)} wait in the journal`;
  if (databaseDown !== null) {
    const sentence = `History is not written, the database is away; ${waits}: ${databaseDown.reason}`;
    return need('history_not_written', databaseDown.since, sentence);
  }
  if (waitingSince !== null && now - waitingSince > HANGS_MS) {
    const sentence = `History is not written, the database does not answer; ${waits}.`;
    return need('history_not_written', waitingSince, sentence);
  }
  if (prepared) return null;
  const sentence = 'History is not written yet: the database is not brought up to date.';
  return need('history_not_written', startedAt, sentence);
}
