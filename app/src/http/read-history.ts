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
export const PATIENCE_MS = { glance: 500, jobs: 3000, runs: 5000 } as const;

/** For somebody who looks, and a database that has left another one waiting already. */
const LOOKS_MS = { first: 10_000, again: 1000 } as const;

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
  if (record === null || hangs(record)) return null;
  const reading = readHistory(rooms, read).catch((error: unknown) => {
    if (error instanceof HttpError) return null;
    throw error;
  });
  const first = await withPatience(patienceMs, record, reading);
  return first === LATE ? null : first;
}

/**
 * For an answer that is nothing without history, and that somebody waits for.
 * @throws HttpError 503, also when the database hangs: soon, where it is known to.
 */
export async function readHistorySoon<Result>(
  ...[rooms, read]: Parameters<typeof readHistory<Result>>
): Promise<Result> {
  const { record } = rooms;
  const reading = readHistory(rooms, read);
  if (record === null) return reading;
  const patienceMs = hangs(record) ? LOOKS_MS.again : LOOKS_MS.first;
  const first = await withPatience(patienceMs, record, reading);
  if (first !== LATE) return first;
  throw databaseAway(new Error(`no answer within ${patienceMs / 1000} s`));
}

const LATE = Symbol('late');

function hangs(record: RecordRoom): boolean {
  return (hanging.get(record) ?? 0) > 0;
}

async function withPatience<Result>(
  patienceMs: number,
  record: RecordRoom,
  reading: Promise<Result>,
): Promise<Result | typeof LATE> {
  const patience = new AbortController();
  const late = delay(patienceMs, undefined, { signal: patience.signal }).then(
    (): typeof LATE => LATE,
    (): typeof LATE => LATE,
  );
  try {
    const first = await Promise.race([reading, late]);
    if (first !== LATE) return first;
  } finally {
    patience.abort();
  }
  const count = (by: 1 | -1): void => void hanging.set(record, (hanging.get(record) ?? 0) + by);
  count(1);
  void reading.catch(() => {}).then(() => count(-1));
  return LATE;
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
