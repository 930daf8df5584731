import { z } from 'zod';
import { authorOf } from '../access/principal.ts';
import type { Api } from '../api.ts';
import { acknowledge } from '../failing-jobs.ts';
import type { IdempotencyKeys } from '../idempotency.ts';
import { PATIENCE_MS, readHistory, readHistoryIfThere } from '../read-history.ts';
import type { Rooms } from '../rooms.ts';
import { durationsView, jobView } from '../../api/job.ts';
import { viewJobs } from '../views/job.ts';
import { NO_PARAMS, paramsBody } from '../../api/params.ts';
import { iso, toIso } from '../../api/instant.ts';
import { runView } from '../../api/run.ts';
import { viewRun } from '../views/run.ts';
import { keyHeader } from '../../api/key-header.ts';
import { HttpError } from '../problem.ts';
import { readLately, withLately } from '../with-lately.ts';
import { viewOneJob } from '../view-one-job.ts';
import { findJob, startRun } from '../start-run.ts';
import { wholeNumber } from '../whole-number.ts';

const path = z.object({ slug: z.string().max(64) });
const tags = ['jobs'];

const marks = wholeNumber(0, 100)
  .default(0)
  .describe('so many of the last runs of each job come with it, and how long it usually takes');

/** How far back one looks who does not say. */
const DURATIONS_MS = 30 * 24 * 3_600_000;

export function jobRoutes(app: Api, rooms: Rooms, keys: IdempotencyKeys): void {
  const summary = 'The jobs of the crontab in force';
  app.get(
    '/api/v1/jobs',
    {
      // To check each of 80,000 marks once more takes longer than to make them; the types say the same.
      serializerCompiler: () => (jobs) => JSON.stringify(jobs),
      schema: {
        tags,
        summary,
        querystring: z.object({ runs: marks }),
        response: { 200: z.object({ items: z.array(jobView) }) },
      },
    },
    async ({ query: { runs } }) => {
      const [history, stored] = await Promise.all([
        readHistoryIfThere(PATIENCE_MS.jobs, rooms, (record) => record.jobs()),
        readLately(rooms, runs, null),
      ]);
      const items = await viewJobs(rooms.jobs.list(), history ?? [], rooms);
      return { items: withLately(rooms, items, { stored, limit: runs }) };
    },
  );

  app.get(
    '/api/v1/jobs/:slug',
    {
      schema: {
        tags,
        summary: 'One job',
        params: path,
        querystring: z.object({ runs: marks }),
        response: { 200: jobView },
      },
    },
    async ({ params, query: { runs } }) => {
      const { slug } = findJob(rooms, params.slug);
      const [view, stored] = await Promise.all([
        viewOneJob(rooms, slug),
        readLately(rooms, runs, slug),
      ]);
      const [job] = withLately(rooms, [view], { stored, limit: runs });
      if (job === undefined) throw new Error(`${params.slug} has no view`);
      return job;
    },
  );

  app.get(
    '/api/v1/jobs/:slug/durations',
    {
      schema: {
        tags,
        summary: 'How long the runs of a job took, over time',
        params: path,
        querystring: z.object({
          from: iso.optional().describe('default: 30 days before `to`'),
          to: iso.optional().describe('default: now'),
          spans: wholeNumber(1, 500).default(100).describe('into how many the time is divided'),
        }),
        response: { 200: durationsView },
      },
    },
    async ({ params, query }) => {
      const to = query.to === undefined ? Date.now() : Date.parse(query.to);
      const from = query.from === undefined ? to - DURATIONS_MS : Date.parse(query.from);
      if (from >= to) throw noTime();
      const { slug } = findJob(rooms, params.slug);
      const found = await readHistory(rooms, (history) =>
        history.durations(slug, { from, to, spans: query.spans }),
      );
      return {
        from: toIso(found.from),
        to: toIso(to),
        spans: found.spans.map(
          ({ from: at, runs, succeeded, shortestMs, medianMs, longestMs }) => ({
            from: toIso(at),
            ...{ runs, succeeded, shortestMs, medianMs, longestMs },
          }),
        ),
        releases: found.releases.map(({ revision, at }) => ({ revision, at: toIso(at) })),
      };
    },
  );

  app.get(
    '/api/v1/jobs/:slug/slots',
    {
      schema: {
        tags,
        summary: 'The next slots of a job',
        params: path,
        querystring: z.object({ count: wholeNumber(1, 1000).default(10) }),
        response: { 200: z.object({ slots: z.array(iso) }) },
      },
    },
    async ({ params, query }) => {
      const { slug } = findJob(rooms, params.slug);
      return { slots: rooms.jobs.nextSlots(slug, query.count).map((at) => toIso(at)) };
    },
  );

  app.post(
    '/api/v1/jobs/:slug/runs',
    {
      config: { right: 'trigger' },
      schema: {
        tags,
        summary: 'Start a run by hand',
        params: path,
        headers: keyHeader,
        body: z
          .strictObject({
            params: paramsBody.optional(),
            alone: z.boolean().optional().describe('nothing follows it: no job with @after'),
          })
          .nullish()
          .meta(NO_PARAMS)
          .describe('the script finds the parameters in GITCRON_PARAMS, as JSON'),
        response: { 202: runView },
      },
    },
    async ({ params, body, principal, headers }, reply) => {
      const run = await startRun({ rooms, keys }, headers['idempotency-key'], {
        slug: params.slug,
        trigger: 'manual',
        requestedBy: authorOf(principal),
        params: body?.params ?? null,
        alone: body?.alone ?? false,
      });
      return reply.status(202).send(viewRun(run));
    },
  );

  app.post(
    '/api/v1/jobs/:slug/acknowledge',
    {
      config: { right: 'operate' },
      schema: {
        tags,
        summary: 'Let a failed job count as failing no longer, until it fails again',
        params: path,
        response: { 200: jobView },
      },
    },
    async ({ params, principal }) => {
      const { slug } = findJob(rooms, params.slug);
      await acknowledge(rooms, slug, authorOf(principal));
      return viewOneJob(rooms, slug);
    },
  );

  const switches = [
    { verb: 'enable', enabled: true, about: 'Schedule a job, whatever @disabled says' },
    { verb: 'disable', enabled: false, about: 'Start a job by hand only' },
    { verb: 'reset', enabled: null, about: 'Let the crontab decide again' },
  ];
  for (const { verb, enabled, about } of switches) {
    app.post(
      `/api/v1/jobs/:slug/${verb}`,
      {
        config: { right: 'operate' },
        schema: { tags, summary: about, params: path, response: { 200: jobView } },
      },
      async ({ params, principal }) => {
        const { slug } = findJob(rooms, params.slug);
        const by = authorOf(principal);
        await rooms.jobs.setSwitch(slug, enabled, by);
        rooms.tell({ type: 'job_switched', by, job: slug, enabled });
        return viewOneJob(rooms, slug);
      },
    );
  }
}

function noTime(): HttpError {
  return new HttpError(400, 'GITCRON_E_BAD_REQUEST', 'There is no time between from and to.', {
    hint: 'from has to be earlier than to.',
  });
}
