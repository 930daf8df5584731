import { z } from 'zod';
import type { Api } from '../api.ts';
import type { Rooms } from '../rooms.ts';
import { releaseView } from '../../api/release.ts';
import { viewRelease } from '../views/release.ts';
import { syncView } from '../../api/sync.ts';

const tags = ['releases'];

export function releaseRoutes(app: Api, { releases, sync }: Rooms): void {
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
        response: { 200: syncView },
      },
    },
    () => sync.now(),
  );
}
