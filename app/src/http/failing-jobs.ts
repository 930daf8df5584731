import type { FailingJob } from '../record/history/jobs.ts';
import type { Facts } from '../report/judgement.ts';
import { HttpError } from './problem.ts';
import { PATIENCE_MS, readHistoryIfThere } from './read-history.ts';
import type { RecordRoom, Rooms } from './rooms.ts';
import { byNewest } from './run-place.ts';
import type { RunBoard } from './run-board.ts';

type FailedRun = Pick<FailingJob, 'runId' | 'failedAt'>;

/** What the database said last, for while it is away or hangs. */
const lastKnown = new WeakMap<RecordRoom, readonly FailingJob[]>();

/**
 * The scheduled jobs whose last run failed, timed out or was lost, as far as that is known now, and
 * that nobody has acknowledged.
 */
export async function failingJobs(rooms: Rooms): Promise<Facts['failing']> {
  const failing = await failedRuns(rooms);
  return rooms.jobs
    .list()
    .filter(({ slug, settings }) => !settings.disabled && failing.has(slug))
    .filter(({ slug }) => rooms.acknowledgements.get(slug)?.runId !== failing.get(slug)?.runId)
    .map(({ slug }) => ({ job: slug, since: failing.get(slug)?.failedAt ?? null }));
}

/** Lets a job count as failing no longer, until it fails again. @throws HttpError 409, CodedError */
export async function acknowledge(rooms: Rooms, slug: string, by: string): Promise<void> {
  const failed = (await failedRuns(rooms)).get(slug);
  if (failed === undefined) {
    throw new HttpError(409, 'GITCRON_E_NOT_FAILING', `The last run of ${slug} did not fail.`, {
      hint: 'There is nothing to acknowledge. gitcron status names the jobs that fail.',
    });
  }
  await rooms.acknowledgements.set(slug, { runId: failed.runId, at: Date.now(), by });
  rooms.tell({ type: 'failure_acknowledged', by, job: slug, runId: failed.runId });
}

/** The run that failed, by job. What is remembered here is newer than what is stored. */
async function failedRuns(rooms: Rooms): Promise<Map<string, FailedRun>> {
  const failing = new Map<string, FailedRun>((await stored(rooms)).map((run) => [run.slug, run]));
  for (const [job, failed] of lastWords(rooms.board)) {
    if (failed === null) failing.delete(job);
    else failing.set(job, failed);
  }
  return failing;
}

async function stored(rooms: Rooms): Promise<readonly FailingJob[]> {
  const { record } = rooms;
  const now = await readHistoryIfThere(PATIENCE_MS.glance, rooms, (history) =>
    history.failingJobs(),
  );
  if (record === null) return [];
  if (now !== null) lastKnown.set(record, now);
  return now ?? lastKnown.get(record) ?? [];
}

/** The newest run of each job that tells, if it failed, else null. */
function lastWords(board: RunBoard): Map<string, FailedRun | null> {
  const words = new Map<string, FailedRun | null>();
  for (const { job, status, runId, finishedAt } of board.list().toSorted(byNewest)) {
    if (words.has(job)) continue;
    if (status === 'succeeded') words.set(job, null);
    if (status === 'failed' || status === 'timed_out' || status === 'lost')
      words.set(job, { runId, failedAt: finishedAt });
  }
  return words;
}
