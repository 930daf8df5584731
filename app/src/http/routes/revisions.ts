import { z } from 'zod';
import type { Api } from '../api.ts';
import { EVENT_PLACE, eventCursor, eventPlaceOf } from '../event-place.ts';
import { readHistory } from '../read-history.ts';
import type { Rooms } from '../rooms.ts';
import { toIso } from '../../api/instant.ts';
import { eventView, revisionView } from '../../api/revision.ts';
import { viewRevision } from '../views/revision.ts';
import { wholeNumber } from '../whole-number.ts';

const tags = ['releases'];

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
      return { items: page.items.map(viewRevision), next: page.next };
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
          before: z.string().regex(EVENT_PLACE, 'expected `next` of the page before').optional(),
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
        history.events(limit, { before: eventPlaceOf(before), types: type?.split(',') }),
      );
      return {
        items: items.map((event) => ({ ...event, at: toIso(event.at) })),
        next: next && eventCursor(next),
      };
    },
  );
}
