import { z } from 'zod';
import { RUN_STATUSES, TRIGGERS } from '../../api/run.ts';
import type { RunFilter } from '../../record/history/filter.ts';
import type { Run } from '../../record/history/rows.ts';
import { MASK } from '@gitcron/base/secrets/mask';
import { authorOf } from '../access/principal.ts';
import type { Api } from '../api.ts';
import { explainFailure } from '../explain-failure.ts';
import { findRun } from '../find-run.ts';
import { readHistory } from '../read-history.ts';
import { shipNewest } from '../ship-newest.ts';
import { whyView } from '../../api/why.ts';
import type { IdempotencyKeys } from '../idempotency.ts';
import { listRuns } from '../list-runs.ts';
import { HttpError } from '../problem.ts';
import type { Rooms } from '../rooms.ts';
import { cursor, placeOf } from '../run-place.ts';
import { iso } from '../../api/instant.ts';
import { runNeighbours, runPage, runView } from '../../api/run.ts';
import { findNeighbours } from '../find-neighbours.ts';
import { NO_PARAMS, paramsBody } from '../../api/params.ts';
import { areParamsMasked, viewRun } from '../views/run.ts';
import { keyHeader } from '../../api/key-header.ts';
import { startRun } from '../start-run.ts';
import { wholeNumber } from '../whole-number.ts';

export const runPath = z.object({
  id: z
    .union(
      [z.uuid(), z.string().regex(/^[0-9a-f]{8}$/)],
      "expected a run's id or its last eight digits",
    )
    .describe("a run's id, or its last eight digits as the log shows them"),
});

const tags = ['runs'];

/** `?status=failed&status=lost` and `?status=failed,lost` mean the same. */
function several<Value extends string>(values: readonly [Value, ...Value[]]) {
  return z
    .union([z.string(), z.array(z.string())])
    .transform((given) => [given].flat().flatMap((text) => text.split(',')))
    .pipe(z.array(z.enum(values)))
    .optional();
}

/** Postgres has no NUL in texts. */
const WITHOUT_NUL = /^[^\0]*$/;

const query = z.strictObject({
  job: z.string().max(64).regex(WITHOUT_NUL).optional(),
  status: several(RUN_STATUSES),
  trigger: several(TRIGGERS),
  release: z
    .string()
    .regex(/^[\w.-]{4,128}$/, "expected a commit's hash or at least its first four digits")
    .optional()
    .describe("a commit's hash, or its first digits"),
  from: iso.optional().describe('queued at or after'),
  to: iso.optional().describe('queued before'),
  text: z
    .string()
    .min(3, 'expected at least 3 letters to search for')
    .max(200)
    .regex(WITHOUT_NUL)
    .optional()
    .describe('in the error or in the result'),
  before: cursor.optional().describe('the page after this run: `next` of the page before'),
  limit: wholeNumber(1, 500).default(50),
});

export function runRoutes(app: Api, rooms: Rooms, keys: IdempotencyKeys): void {
  app.get(
    '/api/v1/runs',
    {
      schema: {
        tags,
        summary: 'Runs, the newest first',
        querystring: query,
        response: { 200: runPage },
      },
    },
    async ({ query: { limit, before, ...given } }) => {
      const place = before === undefined ? {} : { before: await placeOf(rooms, before) };
      const filter = { ...filterOf(given), ...place };
      const { items, next, complete } = await listRuns(rooms, filter, limit);
      return { items: [...items], next, complete };
    },
  );

  app.get(
    '/api/v1/runs/:id',
    { schema: { tags, summary: 'One run', params: runPath, response: { 200: runView } } },
    async ({ params }) => viewRun(await findRun(rooms, params.id)),
  );

  app.get(
    '/api/v1/runs/:id/neighbours',
    {
      schema: {
        tags,
        summary: 'The runs of the same job before and after one',
        params: runPath,
        response: { 200: runNeighbours },
      },
    },
    async ({ params }) => findNeighbours(rooms, await findRun(rooms, params.id)),
  );

  app.get(
    '/api/v1/runs/:id/why',
    {
      schema: {
        tags,
        summary: 'Why a run failed: what is different from when the job last succeeded',
        params: runPath,
        response: { 200: whyView },
      },
    },
    async ({ params }) => {
      const run = await findRun(rooms, params.id);
      await shipNewest(rooms);
      return readHistory(rooms, (history) => explainFailure(history, run));
    },
  );

  app.post(
    '/api/v1/runs/:id/cancel',
    {
      config: { right: 'operate' },
      schema: {
        tags,
        summary: 'Cancel a run',
        description: 'Ends it with SIGTERM, and after its grace with SIGKILL.',
        params: runPath,
        response: { 202: runView },
      },
    },
    async ({ params, principal }, reply) => {
      const run = await findRun(rooms, params.id);
      const { runId, job } = run;
      const by = authorOf(principal);
      const wasThere = await rooms.runner.cancel(runId, by);
      if (!wasThere) throw overAlready();
      rooms.tell({ type: 'cancel_requested', by, job, runId });
      return reply.status(202).send(viewRun(rooms.board.get(runId) ?? run));
    },
  );

  app.post(
    '/api/v1/runs/:id/retry',
    {
      config: { right: 'operate' },
      schema: {
        tags,
        summary: 'Run the job of a run again',
        description:
          'In the release that is current now, with the same parameters or, where there are `params`, with these in their place.',
        params: runPath,
        headers: keyHeader,
        body: z
          .strictObject({ params: paramsBody.nullish().describe('null: with none') })
          .nullish()
          .meta(NO_PARAMS),
        response: { 202: runView },
      },
    },
    async ({ params, body, principal, headers }, reply) => {
      const run = await findRun(rooms, params.id);
      if (run.finishedAt === null) throw notOver();
      const again = await startRun({ rooms, keys }, headers['idempotency-key'], {
        slug: run.job,
        trigger: 'retry',
        requestedBy: authorOf(principal),
        params: paramsOf(run, body?.params),
      });
      return reply.status(202).send(viewRun(again));
    },
  );
}

function filterOf(given: Omit<z.output<typeof query>, 'limit' | 'before'>): RunFilter {
  const { job, status, trigger, release, from, to, text } = given;
  return {
    ...(job === undefined ? {} : { job }),
    ...(status === undefined ? {} : { status }),
    ...(trigger === undefined ? {} : { trigger }),
    ...(release === undefined ? {} : { revision: release }),
    ...(from === undefined ? {} : { from: Date.parse(from) }),
    ...(to === undefined ? {} : { to: Date.parse(to) }),
    ...(text === undefined ? {} : { text }),
  };
}

/**
 * Those of a run that is run again.
 * @param given undefined: the same as before.
 * @throws HttpError when they are not what they were.
 */
function paramsOf(run: Run, given: Run['params'] | undefined): Run['params'] {
  const params = given === undefined ? run.params : given;
  // Whoever changes one must not send the mask of another.
  const isWhole = given !== undefined && !JSON.stringify(given).includes(MASK);
  if (isWhole || !areParamsMasked(run)) return params;
  throw new HttpError(409, 'GITCRON_E_PARAMS_MASKED', 'The parameters are not kept as they were.', {
    hint: `They held a secret, or a character that no database keeps (NUL, half of a pair), so it cannot be started with the same again. Give them anew: gitcron run ${run.job} --param …, or a body with params.`,
  });
}

function overAlready(): HttpError {
  return new HttpError(409, 'GITCRON_E_RUN_OVER', 'This run is over already.', {
    hint: 'There is nothing to cancel.',
  });
}

function notOver(): HttpError {
  return new HttpError(409, 'GITCRON_E_RUN_NOT_OVER', 'This run is not over yet.', {
    hint: 'Wait for its end or cancel it first.',
  });
}
