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
      hint: 'It needs a Postgres database: set GITCRON_DATABASE_URL, or start gitcron up without --no-database.',
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

/** For an answer that is of use without history, too. @returns null while there is none to be had. */
export async function readHistoryIfThere<Result>(
  ...args: Parameters<typeof readHistory<Result>>
): Promise<Result | null> {
  try {
    return await readHistory(...args);
  } catch (error) {
    if (error instanceof HttpError) return null;
    throw error;
  }
}

/**
 * SQLSTATE classes of a server that cannot work now (connection, password, database, resources,
 * operator, system), and the codes of a schema that is not made yet. What has no SQLSTATE comes from the connection.
 */
const AWAY = /^(?:08|28|3D|53|57|58|3F000|42P01)/;

function isAway(error: unknown): boolean {
  if (error instanceof DatabaseError) return AWAY.test(error.code ?? '');
  return !(error instanceof ZodError) && !(error instanceof TypeError);
}

function databaseAway(cause: unknown): HttpError {
  return new HttpError(503, 'GITCRON_E_DATABASE_AWAY', 'The database does not answer.', {
    hint: 'Jobs go on running, and their history waits in the journal. Check the database; nothing else is to be done.',
    cause,
  });
}
