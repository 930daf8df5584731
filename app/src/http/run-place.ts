import { z } from 'zod';
import type { RunPlace } from '../record/history/history.ts';
import { PATIENCE_MS, readHistoryIfThere } from './read-history.ts';
import type { Rooms } from './rooms.ts';

/** Milliseconds since 1970 and the run's id; an id alone for who has only that. */
const CURSOR = /^(?:(\d{1,15})-)?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i;

export const cursor = z
  .string()
  .regex(CURSOR, "expected `next` of the page before, or a run's whole id");

export function cursorOf({ queuedAt, runId }: RunPlace): string {
  return `${queuedAt}-${runId}`;
}

/** Where a cursor points to in the order of runs. */
export async function placeOf(rooms: Rooms, text: string): Promise<RunPlace> {
  const [, queuedAt, runId = ''] = CURSOR.exec(text) ?? [];
  if (queuedAt !== undefined) return { queuedAt: Number(queuedAt), runId };
  const run =
    rooms.board.get(runId) ??
    (await readHistoryIfThere(PATIENCE_MS.runs, rooms, (history) => history.run(runId)));
  return { queuedAt: run?.queuedAt ?? madeAt(runId), runId };
}

/** The time in an id of version 7 (RFC 9562, section 5.7): close to when its run was queued. */
function madeAt(runId: string): number {
  return Number.parseInt(runId.replaceAll('-', '').slice(0, 12), 16);
}

/** For sorting: the newest first. */
export function byNewest(a: RunPlace, b: RunPlace): number {
  return b.queuedAt - a.queuedAt || (a.runId < b.runId ? 1 : -1);
}
