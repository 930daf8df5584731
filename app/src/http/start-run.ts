import { maskRun } from '../events/run-description.ts';
import type { RunDescription } from '../events.ts';
import type { Run } from '../record/history/rows.ts';
import type { Job } from '../schedule/job.ts';
import type { IdempotencyKeys, PromisedRun } from './idempotency.ts';
import { fillParams, paramsInWords, viewParams } from '../schedule/params.ts';
import { tooLongText } from '../run/measure-start.ts';
import { HttpError } from './problem.ts';
import { PATIENCE_MS, readHistoryIfThere } from './read-history.ts';
import type { Rooms } from './rooms.ts';
import { queuedRun } from './run-board.ts';

/** What a start needs of the house. */
type StartRooms = Pick<Rooms, 'runner' | 'jobs' | 'board' | 'record' | 'host' | 'maskText'>;

export interface StartRequest {
  readonly slug: string;
  readonly trigger: 'manual' | 'http' | 'retry';
  readonly requestedBy: string;
  readonly params: Readonly<Record<string, unknown>> | null;
  /** Nothing is to follow it. */
  readonly alone?: boolean;
}

/** A string of the environment may have 128 KiB (execve(2)). */
const MAX_PARAMS_BYTES = 100 * 1024;

/**
 * Starts a run; with a key the first time only.
 * @param key the header `Idempotency-Key`
 * @returns the run that began, waits for its turn, or was started with this key before
 * @throws HttpError 400, 404, 409, 413, 422, 503
 */
export async function startRun(
  { rooms, keys }: { readonly rooms: StartRooms; readonly keys: IdempotencyKeys },
  key: string | undefined,
  request: StartRequest,
): Promise<Run> {
  if (key === undefined) {
    return viewStarted(rooms, await start(rooms, request, null));
  }
  const { slug, requestedBy, params, alone = false } = request;
  const keyed = { key, principal: requestedBy, slug, params, alone };
  const ours: { run?: RunDescription } = {};
  const runId = await keys.once(keyed, async (promised) => {
    ours.run = await start(rooms, request, promised);
  });
  if (ours.run !== undefined) return viewStarted(rooms, ours.run);
  const known = rooms.board.get(runId);
  const run =
    known ?? (await readHistoryIfThere(PATIENCE_MS.runs, rooms, (history) => history.run(runId)));
  if (run !== null) return run;
  throw new HttpError(409, 'GITCRON_E_RUN_UNKNOWN', 'The run of this key is not known any more.', {
    hint: 'It was started. Look at the history of the job, or use a new Idempotency-Key to start another.',
    members: { runId },
  });
}

async function start(
  rooms: StartRooms,
  request: StartRequest,
  promised: PromisedRun | null,
): Promise<RunDescription> {
  const { slug, trigger, requestedBy } = request;
  const job = findJob(rooms, slug);
  const params = paramsFor(job, request.params);
  if (params !== null && Buffer.byteLength(JSON.stringify(params)) > MAX_PARAMS_BYTES) {
    throw new HttpError(413, 'GITCRON_E_PARAMS', 'The parameters are too long.', {
      hint: `At most ${MAX_PARAMS_BYTES / 1024} KiB as JSON. Put more into a file or a table, and pass its name.`,
    });
  }
  const started = await rooms.runner.start({
    job,
    trigger,
    requestedBy,
    alone: request.alone ?? false,
    ...(params === null ? {} : { params }),
    ...promised,
  });
  switch (started.kind) {
    case 'accepted':
      return started.run;
    case 'in_the_way':
      throw new HttpError(409, 'GITCRON_E_RUN_IN_THE_WAY', `${slug} cannot start now.`, {
        hint: `${started.reason} Wait for it or cancel it; @overlap in the crontab decides what happens then.`,
        members: { runId: started.runId },
      });
    case 'too_long':
      throw new HttpError(
        413,
        'GITCRON_E_PARAMS',
        `${slug} cannot start: ${tooLongText(started)}.`,
        {
          hint: 'Parameters are one of the variables. Put long values into a file or a table, and pass its name.',
        },
      );
    case 'shutting_down':
      throw new HttpError(503, 'GITCRON_E_SHUTTING_DOWN', 'Gitcron is being stopped.', {
        hint: 'Try again when it is back.',
      });
  }
  return started satisfies never;
}

/** @throws HttpError 400 when they are not those that the job declares. */
function paramsFor(job: Job, given: StartRequest['params']): StartRequest['params'] {
  const filled = fillParams(job, given);
  if (filled.kind === 'filled') return filled.params;
  const { missing, undeclared } = filled;
  const wrong = [
    ...(missing.length === 0 ? [] : [`${named(missing)} must be given`]),
    ...(undeclared.length === 0 ? [] : [`it takes no ${named(undeclared)}`]),
  ];
  const sentence = `${job.slug} cannot start so: ${wrong.join(', and ')}.`;
  throw new HttpError(400, 'GITCRON_E_PARAM_NAMES', sentence, {
    hint: `Its parameters, as # @param in the crontab declares them: ${paramsInWords(viewParams(job))}.`,
    members: { missing, undeclared },
  });
}

/** So many names a sentence has room for. */
const NAMED = 10;

function named(names: readonly string[]): string {
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : '';
  return (
    names
      .slice(0, NAMED)
      .map((name) => name.slice(0, 64))
      .join(', ') + more
  );
}

export function findJob(rooms: Pick<Rooms, 'jobs'>, slug: string): Job {
  const job = rooms.jobs.get(slug);
  if (job !== null) return job;
  throw new HttpError(404, 'GITCRON_E_NO_JOB', 'There is no such job.', {
    hint: 'gitcron jobs lists those of the crontab in force.',
  });
}

/** As the board shows it, or as it was taken on, where no event has told of it yet. */
function viewStarted({ board, host, maskText }: StartRooms, run: RunDescription): Run {
  const known = board.get(run.runId);
  if (known !== null) return known;
  return queuedRun({ at: Date.now(), run: maskRun(run, maskText) }, host);
}
