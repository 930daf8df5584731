import { setTimeout as delay } from 'node:timers/promises';
import { DatabaseError } from 'pg';
import { ZodError } from 'zod';
import type { History } from '../record/history/history.ts';
import { HttpError } from './problem.ts';
import type { RecordRoom, Rooms } from './rooms.ts';

/** @throws HttpError 503 when there is no database, or none that answers. */
export async function readHistory<Result>(
  { record }: Pick<Rooms, 'record'>,
  read: (history: History, record: RecordRoom) => Promise<Result>,
): Promise<Result> {
  if (record === null) {
    throw new HttpError(503, 'GITCRON_E_NO_HISTORY', 'History is not kept here.', {
      hint: 'The stack and npm start bring a Postgres database; elsewhere set GITCRON_DATABASE_URL, or start gitcron up without --no-database.',
    });
  }
  const { databaseDown } = record.recorder.status();
  if (databaseDown?.answers === false) throw databaseAway(databaseDown.reason);
  try {
    return await read(record.history, record);
  } catch (error) {
    throw isAway(error) ? databaseAway(error) : error;
  }
}

/** How long one waits for what makes an answer only better. */
export const PATIENCE_MS = { glance: 500, jobs: 3000, runs: 10_000 } as const;

/** Databases that took longer and have not answered yet: what they were asked. */
const hanging = new WeakMap<RecordRoom, number>();

/**
 * For an answer that is of use without history, too.
 * @returns null while there is none to be had; at once when the database is known to hang.
 */
export async function readHistoryIfThere<Result>(
  patienceMs: number,
  ...[rooms, read]: Parameters<typeof readHistory<Result>>
): Promise<Result | null> {
  const { record } = rooms;
  if (record === null || (hanging.get(record) ?? 0) > 0) return null;
  const reading = readHistory(rooms, read).catch((error: unknown) => {
    if (error instanceof HttpError) return null;
    throw error;
  });
  const patience = new AbortController();
  const late = delay(patienceMs, 'late' as const, { signal: patience.signal }).catch(() => null);
  try {
    const first = await Promise.race([reading, late]);
    if (first !== 'late') return first;
  } finally {
    patience.abort();
  }
  const count = (by: 1 | -1): void => void hanging.set(record, (hanging.get(record) ?? 0) + by);
  count(1);
  void reading.catch(() => {}).then(() => count(-1));
  return null;
}

/**
 * SQLSTATE classes of a server that cannot work now (connection, password, database, resources,
 * operator, system), and the codes of a schema that is not made yet. What has no SQLSTATE comes from the connection.
 */
const AWAY = /^(?:08|28|3D|53|57|58|3F000|42P01)/;

function isAway(error: unknown): boolean {
  if (error instanceof DatabaseError) return AWAY.test(error.code ?? '');
  const isOurs = [HttpError, ZodError, TypeError].some((kind) => error instanceof kind);
  return !isOurs;
}

function databaseAway(cause: unknown): HttpError {
  return new HttpError(503, 'GITCRON_E_DATABASE_AWAY', 'The database does not answer.', {
    hint: 'Jobs go on running, and their history waits in the journal. Check the database; nothing else is to be done.',
    cause,
  });
}
