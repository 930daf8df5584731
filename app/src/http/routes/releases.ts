import { z } from 'zod';
import { authorOf } from '../access/principal.ts';
import type { Api } from '../api.ts';
import type { Rooms } from '../rooms.ts';
import { releaseView } from '../../api/release.ts';
import { viewRelease } from '../views/release.ts';
import { releaseDiff, rollbackPreview } from '../../api/release-diff.ts';
import { compareReleases } from '../compare-releases.ts';
import { HttpError } from '../problem.ts';
import { readHistory } from '../read-history.ts';
import { syncView } from '../../api/sync.ts';

const tags = ['releases'];

const REVISION = /^[\w-]{1,128}$/;
const beginning = z
  .string()
  .regex(/^[\w-]{4,128}$/, "expected a commit's hash or at least its first four digits");

export function releaseRoutes(app: Api, rooms: Rooms): void {
  const { releases, sync } = rooms;
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

  app.get(
    '/api/v1/releases/:from/diff/:to',
    {
      schema: {
        tags,
        summary: 'What is different in a release: jobs, packages, files, commits',
        params: z.object({ from: beginning, to: beginning }),
        response: { 200: releaseDiff },
      },
    },
    ({ params }) => readHistory(rooms, (history) => compareReleases(history, params)),
  );

  app.get(
    '/api/v1/rollback-preview',
    {
      schema: {
        tags,
        summary: 'What a rollback would do now',
        querystring: z.object({
          revision: z
            .string()
            .regex(REVISION)
            .optional()
            .describe('its first digits; without it, the release before this one'),
        }),
        response: { 200: rollbackPreview },
      },
    },
    ({ query: { revision } }) => releases.preview(revision ?? null),
  );

  app.get(
    '/api/v1/releases/:revision/rollback-preview',
    {
      schema: {
        tags,
        summary: 'What a rollback to this release would do now',
        params: z.object({ revision: z.string().regex(REVISION) }),
        response: { 200: rollbackPreview },
      },
    },
    ({ params: { revision } }) => releases.preview(revision),
  );

  app.post(
    '/api/v1/rollback',
    {
      config: { right: 'operate' },
      schema: {
        tags,
        summary: 'Go back to an earlier release, until the next new revision',
        headers: z.looseObject({
          'idempotency-key': z.string().optional().describe('only where the release is named'),
        }),
        body: z
          .strictObject({
            revision: z
              .string()
              .regex(REVISION)
              .optional()
              .describe('its first digits; without it, the release before this one'),
          })
          .nullish(),
        response: { 200: releaseView },
      },
    },
    async ({ body, principal, headers }) => {
      const isKeyed = headers['idempotency-key'] !== undefined;
      if (isKeyed && body?.revision === undefined) throw furtherEachTime();
      const target = await releases.rollBack(body?.revision ?? null);
      const { revision } = target.name;
      rooms.tell({ type: 'rolled_back', by: authorOf(principal), revision });
      const current = releases.current()?.name.revision ?? null;
      return viewRelease(target, current, revision);
    },
  );

  app.post(
    '/api/v1/sync',
    {
      config: { right: 'operate' },
      schema: {
        tags,
        summary: 'Look for a new commit now',
        response: { 200: syncView },
      },
    },
    () => sync.now(),
  );
}

/** Who sends a key means to send it again; and a rollback to a release that is named is one then. */
function furtherEachTime(): HttpError {
  const sentence =
    'Each rollback that names no release goes back further, also one that is sent again.';
  return new HttpError(422, 'GITCRON_E_IDEMPOTENCY_KEY', sentence, {
    hint: 'Name the release in revision; GET /api/v1/rollback-preview says which one it is. Nothing was changed.',
  });
}
