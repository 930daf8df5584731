import { z } from 'zod';
import { authorOf } from '../access/principal.ts';
import type { Api } from '../api.ts';
import { acknowledge } from '../failing-jobs.ts';
import type { IdempotencyKeys } from '../idempotency.ts';
import { PATIENCE_MS, readHistoryIfThere } from '../read-history.ts';
import type { Rooms } from '../rooms.ts';
import { jobView } from '../../api/job.ts';
import { viewJobs } from '../views/job.ts';
import { NO_PARAMS, paramsBody } from '../../api/params.ts';
import { iso, toIso } from '../../api/instant.ts';
import { runView } from '../../api/run.ts';
import { viewRun } from '../views/run.ts';
import { keyHeader } from '../../api/key-header.ts';
import { viewOneJob } from '../view-one-job.ts';
import { findJob, startRun } from '../start-run.ts';
import { wholeNumber } from '../whole-number.ts';

const path = z.object({ slug: z.string().max(64) });
const tags = ['jobs'];

export function jobRoutes(app: Api, rooms: Rooms, keys: IdempotencyKeys): void {
  const summary = 'The jobs of the crontab in force';
  app.get(
    '/api/v1/jobs',
    { schema: { tags, summary, response: { 200: z.object({ items: z.array(jobView) }) } } },
    async () => {
      const history = await readHistoryIfThere(PATIENCE_MS.jobs, rooms, (record) => record.jobs());
      return { items: await viewJobs(rooms.jobs.list(), history ?? [], rooms) };
    },
  );

  app.get(
    '/api/v1/jobs/:slug',
    { schema: { tags, summary: 'One job', params: path, response: { 200: jobView } } },
    ({ params }) => viewOneJob(rooms, params.slug),
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
          .strictObject({ params: paramsBody.optional() })
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
      });
      return reply.status(202).send(viewRun(run));
    },
  );

  app.post(
    '/api/v1/jobs/:slug/acknowledge',
    {
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
      { schema: { tags, summary: about, params: path, response: { 200: jobView } } },
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
