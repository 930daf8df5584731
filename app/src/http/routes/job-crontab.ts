import { z } from 'zod';
import { jobChanges, jobCrontab } from '../../api/job-crontab.ts';
import type { Api } from '../api.ts';
import { describeCrontab } from '../describe-crontab.ts';
import { EVENT_PLACE, eventPlaceOf } from '../event-place.ts';
import { listJobChanges } from '../list-job-changes.ts';
import { readHistory } from '../read-history.ts';
import type { Rooms } from '../rooms.ts';
import { shipNewest } from '../ship-newest.ts';
import { wholeNumber } from '../whole-number.ts';

const path = z.object({ slug: z.string().max(64) });
const tags = ['jobs'];

/** What the crontab says of a job, now and in the releases before. */
export function jobCrontabRoutes(app: Api, rooms: Rooms): void {
  app.get(
    '/api/v1/jobs/:slug/crontab',
    {
      schema: {
        tags,
        summary: 'Where a job stands in the crontab in force, with its settings',
        params: path,
        response: { 200: jobCrontab },
      },
    },
    ({ params }) => describeCrontab(rooms, params.slug),
  );

  app.get(
    '/api/v1/jobs/:slug/changes',
    {
      schema: {
        tags,
        summary: 'What the releases that became current changed of a job, the newest first',
        description: 'Also of a job that is in no crontab any more.',
        params: path,
        querystring: z.object({
          limit: wholeNumber(1, 100).default(20).describe('so many releases are looked at'),
          before: z.string().regex(EVENT_PLACE, 'expected `next` of the page before').optional(),
        }),
        response: { 200: jobChanges },
      },
    },
    async ({ params, query: { limit, before } }) => {
      await shipNewest(rooms);
      return readHistory(rooms, (history) =>
        listJobChanges(history, params.slug, { limit, before: eventPlaceOf(before) }),
      );
    },
  );
}
