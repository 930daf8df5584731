import { z } from 'zod';
import type { EventPlace } from '../../record/history/events.ts';
import type { Api } from '../api.ts';
import { readHistory } from '../read-history.ts';
import type { Rooms } from '../rooms.ts';
import { toIso } from '../../api/instant.ts';
import { eventView, revisionView } from '../../api/revision.ts';
import { wholeNumber } from '../whole-number.ts';

const tags = ['releases'];

/** Milliseconds since 1970, the position in a journal, and the journal. */
const PLACE = /^(\d{1,15})-(\d{1,15})-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

function placeOf(text: string | undefined): EventPlace | undefined {
  const [, at, position, segment] = PLACE.exec(text ?? '') ?? [];
  if (segment === undefined) return undefined;
  return { at: Number(at), position: Number(position), segment };
}

/** What the record knows of commits, also of those that never became a release. */
export function revisionRoutes(app: Api, rooms: Rooms): void {
  app.get(
    '/api/v1/revisions',
    {
      schema: {
        tags,
        summary: 'Every revision that was noticed, with what became of it',
        querystring: z.object({
          limit: wholeNumber(1, 500).default(50),
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
        summary:
          'Syncs, installs, activations, rejections, schedules, and who did what, the newest first',
        querystring: z.object({
          limit: wholeNumber(1, 500).default(50),
          before: z.string().regex(PLACE, 'expected `next` of the page before').optional(),
          type: z
            .string()
            .regex(/^[a-z_]+(?:,[a-z_]+)*$/)
            .max(1000)
            .optional()
            .describe('only of these types, with commas between them'),
        }),
        response: { 200: z.object({ items: z.array(eventView), next: z.string().nullable() }) },
      },
    },
    async ({ query: { limit, before, type } }) => {
      const { items, next } = await readHistory(rooms, (history) =>
        history.events(limit, { before: placeOf(before), types: type?.split(',') }),
      );
      return {
        items: items.map((event) => ({ ...event, at: toIso(event.at) })),
        next: next && `${next.at}-${next.position}-${next.segment}`,
      };
    },
  );
}
