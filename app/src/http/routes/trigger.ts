import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Run } from '../../record/history/rows.ts';
import { authorOf } from '../access/principal.ts';
import type { Api } from '../api.ts';
import type { IdempotencyKeys } from '../idempotency.ts';
import type { Rooms } from '../rooms.ts';
import { documentedProblem } from '../documented.ts';
import { NO_PARAMS, paramsBody } from '../../api/params.ts';
import { runView, type RunView } from '../../api/run.ts';
import { viewRun } from '../views/run.ts';
import { keyHeader } from '../../api/key-header.ts';
import { findJob, startRun } from '../start-run.ts';
import { wholeNumber } from '../whole-number.ts';

const LONGEST_WAIT_SEC = 24 * 3600;

const path = z.object({ slug: z.string().max(64).describe('the name of a job') });

const query = z
  .looseObject({
    wait: wholeNumber(0, LONGEST_WAIT_SEC)
      .optional()
      .describe('answer when the run has ended, or after so many seconds'),
  })
  .describe('everything else becomes a parameter of the run');

const body = paramsBody
  .nullish()
  .meta(NO_PARAMS)
  .describe('parameters: the script finds them in GITCRON_PARAMS, as JSON');

const answers = {
  200: runView.describe('with wait: it succeeded'),
  202: runView.describe('it was started'),
  409: documentedProblem('runId names the run in the way'),
  500: runView.describe('with wait: it did not succeed'),
  504: runView.describe('with wait: it is still running'),
};

const summary = 'Start a run of a job';
const common = {
  tags: ['start'],
  params: path,
  querystring: query,
  headers: keyHeader,
  response: answers,
};

/** `/scripts/<slug>`: a URL for each job, made for curl and for anybody's cron. */
export function triggerRoutes(app: Api, rooms: Rooms, keys: IdempotencyKeys): void {
  const room = { rooms, keys };
  app.post(
    '/scripts/:slug',
    { config: { right: 'trigger' }, schema: { ...common, summary, body } },
    async (request, reply) => {
      const { status, run } = await start(request, request.body ?? {});
      return reply.status(status).header('location', locationOf(run)).send(run);
    },
  );

  app.get(
    '/scripts/:slug',
    {
      // A cookie leads to the page; only a token starts anything.
      config: { right: { token: 'trigger', session: 'read' } },
      // HEAD must never start anything.
      exposeHeadRoute: false,
      schema: {
        ...common,
        summary,
        description:
          'With a token only. Without one it leads to the page of the job, and starts nothing.',
        response: { ...answers, 303: z.null().describe('without a token: to the page of the job') },
      },
    },
    async (request, reply) => {
      if (request.headers.authorization !== undefined) {
        const { status, run } = await start(request, {});
        return reply.status(status).header('location', locationOf(run)).send(run);
      }
      const { slug } = findJob(rooms, request.params.slug);
      return reply.status(303).header('location', `/jobs/${slug}`).send(null);
    },
  );

  async function start(request: StartingRequest, fromBody: Params): Promise<Answer> {
    const { wait, ...fromQuery } = request.query;
    const given: Params = { ...fromQuery, ...fromBody };
    const run = await startRun(room, request.headers['idempotency-key'], {
      slug: request.params.slug,
      trigger: 'http',
      requestedBy: authorOf(request.principal),
      params: Object.keys(given).length === 0 ? null : given,
    });
    if (wait === undefined) return { status: 202, run: viewRun(run) };
    const ended = await waitFor(request, run, wait * 1000);
    return { status: statusOf(ended), run: viewRun(ended) };
  }

  /**
   * Until its end, for so long, or until the client has gone: the run goes on in any case.
   * @throws HttpError 401 when the client has lost the right to know how it ends.
   */
  async function waitFor(request: StartingRequest, run: Run, waitMs: number): Promise<Run> {
    const lost = request.accessLost();
    const gone = new AbortController();
    const leave = (): void => gone.abort();
    request.raw.socket.once('close', leave);
    try {
      const signal = AbortSignal.any([gone.signal, lost, AbortSignal.timeout(waitMs)]);
      const ended = (await rooms.board.ended(run.runId, signal)) ?? run;
      lost.throwIfAborted();
      return ended;
    } finally {
      request.raw.socket.off('close', leave);
    }
  }
}

type Params = Readonly<Record<string, unknown>>;

interface StartingRequest extends Pick<FastifyRequest, 'principal' | 'raw' | 'accessLost'> {
  readonly params: z.output<typeof path>;
  readonly query: z.output<typeof query>;
  readonly headers: z.output<typeof keyHeader>;
}

interface Answer {
  readonly status: 200 | 202 | 500 | 504;
  readonly run: RunView;
}

function locationOf({ id }: RunView): string {
  return `/api/v1/runs/${id}`;
}

function statusOf(run: Run): Answer['status'] {
  if (run.finishedAt === null) return 504;
  return run.succeeded === true ? 200 : 500;
}
