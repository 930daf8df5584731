import { z } from 'zod';
import type { Api } from '../api.ts';
import type { Metrics } from '../metrics.ts';
import type { Rooms } from '../rooms.ts';
import { documented } from '../documented.ts';
import { statusView } from '../../api/status.ts';
import { isHistoryWritten, notOnTime, notReady, viewStatus } from '../status.ts';

const tags = ['status'];
const answer = z.object({ status: z.string() });

export function statusRoutes(app: Api, rooms: Rooms, metrics: Metrics): void {
  app.get(
    '/healthz',
    {
      config: { right: 'nothing' },
      schema: { tags, summary: 'It lives and keeps time', response: { 200: answer, 503: answer } },
    },
    async (_request, reply) => {
      const complaint = notOnTime(rooms);
      if (complaint === null) return { status: 'ok' };
      return reply.status(503).send({ status: complaint.sentence });
    },
  );

  app.get(
    '/readyz',
    {
      config: { right: 'nothing' },
      schema: { tags, summary: 'It has jobs to run', response: { 200: answer, 503: answer } },
    },
    async (_request, reply) => {
      const complaint = notReady(rooms);
      if (complaint !== null) return reply.status(503).send({ status: complaint.sentence });
      const waits = rooms.record !== null && !isHistoryWritten(rooms);
      return { status: waits ? 'ok, but history waits for the database' : 'ok' };
    },
  );

  app.get(
    '/metrics',
    {
      schema: {
        tags,
        summary: 'For Prometheus; needs a token with the scope read',
        response: { 200: documented('text/plain', 'metrics, as Prometheus reads them') },
      },
    },
    async (_request, reply) =>
      reply
        .type(metrics.contentType)
        .serializer((text: string) => text)
        .send(await metrics.render()),
  );

  app.get(
    '/api/v1/status',
    { schema: { tags, summary: 'Everything at a glance', response: { 200: statusView } } },
    () => viewStatus(rooms),
  );
}
