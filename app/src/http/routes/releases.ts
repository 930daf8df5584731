import { z } from 'zod';
import { RELEASE_STATUSES } from '../../record/history/rows.ts';
import type { Api } from '../api.ts';
import { readHistory } from '../read-history.ts';
import type { Rooms } from '../rooms.ts';
import { releaseView, viewRelease } from '../schemas/release.ts';
import { iso, toIso } from '../schemas/run.ts';
import { syncView } from '../schemas/sync.ts';

const tags = ['releases'];

const revisionView = z.object({
  revision: z.string(),
  subject: z.string(),
  author: z.string(),
  dependencyHash: z.string().nullable(),
  status: z.enum(RELEASE_STATUSES),
  noticedAt: iso,
  activatedAt: iso.nullable(),
  rejectedAt: iso.nullable(),
  rejectedCode: z.string().nullable(),
  rejectedReason: z.string().nullable(),
});

const eventView = z.object({
  at: iso,
  type: z.string(),
  revision: z.string().nullable(),
  detail: z.record(z.string(), z.unknown()),
});

export function releaseRoutes(app: Api, { releases, sync, ...rooms }: Rooms): void {
  app.get(
    '/api/v1/releases',
    {
      schema: {
        tags,
        summary: 'The releases that are kept, the newest first',
        response: { 200: z.object({ items: z.array(releaseView) }) },
      },
    },
    async () => {
      const [kept, pinned] = await Promise.all([releases.list(), releases.pinned()]);
      const current = releases.current()?.name.revision ?? null;
      return { items: kept.map((release) => viewRelease(release, current, pinned)) };
    },
  );

  app.post(
    '/api/v1/rollback',
    {
      schema: {
        tags,
        summary: 'Go back to an earlier release, until the next new revision',
        body: z
          .strictObject({
            revision: z
              .string()
              .regex(/^[\w-]{1,128}$/)
              .optional()
              .describe('its first digits; without it, the release before this one'),
          })
          .nullish(),
        response: { 200: releaseView },
      },
    },
    async ({ body }) => {
      const target = await releases.rollBack(body?.revision ?? null);
      const current = releases.current()?.name.revision ?? null;
      return viewRelease(target, current, target.name.revision);
    },
  );

  app.post(
    '/api/v1/sync',
    {
      schema: {
        tags,
        summary: 'Look for a new commit now',
        response: {
          200: syncView,
        },
      },
    },
    () => sync.now(),
  );

  app.get(
    '/api/v1/revisions',
    {
      schema: {
        tags,
        summary: 'Every revision that was noticed, with what became of it',
        querystring: z.object({
          limit: z.coerce.number().int().min(1).max(500).default(50),
          before: z
            .string()
            .regex(/^[\w-]{1,128}$/)
            .optional(),
        }),
        response: {
          200: z.object({ items: z.array(revisionView), next: z.string().nullable() }),
        },
      },
    },
    async ({ query: { limit, before } }) => {
      const page = await readHistory(rooms, (history) => history.releases(limit, before));
      const items = page.items.map((revision) => ({
        ...revision,
        noticedAt: toIso(revision.noticedAt),
        activatedAt: toIso(revision.activatedAt),
        rejectedAt: toIso(revision.rejectedAt),
      }));
      return { items, next: page.next };
    },
  );

  app.get(
    '/api/v1/events',
    {
      schema: {
        tags,
        summary: 'Syncs, installs, activations, rejections and schedules, the newest first',
        querystring: z.object({ limit: z.coerce.number().int().min(1).max(500).default(50) }),
        response: { 200: z.object({ items: z.array(eventView) }) },
      },
    },
    async ({ query: { limit } }) => {
      const events = await readHistory(rooms, (history) => history.events(limit));
      return { items: events.map((event) => ({ ...event, at: toIso(event.at) })) };
    },
  );
}
