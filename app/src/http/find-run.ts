import { isOpen, type Run } from '../record/history/rows.ts';
import { runsEndingIn } from '../record/history/short-id.ts';
import { HttpError } from './problem.ts';
import { PATIENCE_MS, readHistory, readHistoryIfThere } from './read-history.ts';
import type { Rooms } from './rooms.ts';
import { shipNewest } from './ship-newest.ts';

const SHORT = /^[0-9a-f]{8}$/;

/** @param id in full, or its last eight digits as the log has them. @throws HttpError 404, 409, 503 */
export async function findRun(rooms: Rooms, id: string): Promise<Run> {
  const runId = SHORT.test(id) ? await fullId(rooms, id) : id;
  const known = rooms.board.get(runId);
  if (known !== null) return freshest(rooms, known);
  const stored = await ofHistory(rooms, (history) => history.run(runId));
  if (stored === null) throw noSuchRun();
  return stored;
}

/** What is over is told by the record: it knows what became of it since, such as a clean-up. */
async function freshest(rooms: Rooms, known: Run): Promise<Run> {
  if (known.finishedAt === null || !(await shipNewest(rooms))) return known;
  const found = await readHistoryIfThere(PATIENCE_MS.runs, rooms, async (history) => ({
    run: await history.run(known.runId),
  }));
  if (found === null) return known;
  if (found.run === null) throw noSuchRun();
  return isOpen(found.run) ? known : found.run;
}

/** Where no history is kept there is nowhere else to look. */
async function ofHistory<Result>(
  ...[rooms, read]: Parameters<typeof readHistory<Result>>
): Promise<Result | null> {
  return rooms.record === null ? null : readHistory(rooms, read);
}

async function fullId(rooms: Rooms, digits: string): Promise<string> {
  const known = rooms.board.list().filter(({ runId }) => runId.endsWith(digits));
  const [found, another] =
    known.length > 0
      ? known.map(({ runId }) => runId)
      : ((await ofHistory(rooms, (_, { recorder }) => runsEndingIn(recorder.pool, digits))) ?? []);
  if (found === undefined) throw noSuchRun();
  if (another === undefined) return found;
  throw new HttpError(409, 'GITCRON_E_RUN_AMBIGUOUS', `More than one run ends in ${digits}.`, {
    hint: 'Give the id in full.',
    members: { runIds: [found, another] },
  });
}

function noSuchRun(): HttpError {
  return new HttpError(404, 'GITCRON_E_NO_RUN', 'There is no such run.', {
    hint: 'gitcron runs lists them; old ones are cleaned up.',
  });
}
