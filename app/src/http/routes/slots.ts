import { z } from 'zod';
import { iso } from '../../api/instant.ts';
import { slotPage } from '../../api/slot.ts';
import type { Api } from '../api.ts';
import { listSlots } from '../list-slots.ts';
import { HttpError } from '../problem.ts';
import { readHistory } from '../read-history.ts';
import type { Rooms } from '../rooms.ts';
import { shipNewest } from '../ship-newest.ts';
import { wholeNumber } from '../whole-number.ts';

/** What happened while it went on may be missing. */
const SHIPPING_TAKES_MS = 10_000;

const DAY_MS = 86_400_000;

const query = z.strictObject({
  from: iso.optional().describe('default: a day ago'),
  to: iso.optional().describe('default: a day from now'),
  job: z.string().max(64).optional(),
  limit: wholeNumber(1, 5000).default(1000).describe('so many slots are looked at for a page'),
});

export function slotRoutes(app: Api, rooms: Rooms): void {
  app.get(
    '/api/v1/slots',
    {
      schema: {
        tags: ['jobs'],
        summary: 'The slots of all jobs in a range, past and planned, and what became of each',
        querystring: query,
        response: { 200: slotPage },
      },
    },
    async ({ query: { from, to, job, limit } }) => {
      const now = Date.now();
      const range = {
        from: from === undefined ? now - DAY_MS : Date.parse(from),
        to: to === undefined ? now + DAY_MS : Date.parse(to),
      };
      if (range.from > range.to) throw backwards();
      const isShipped = await shipNewest(rooms);
      return readHistory(rooms, (history, { recorder }) => {
        const shippedUntil = (recorder.status().lastShippedAt ?? 0) - SHIPPING_TAKES_MS;
        const answering = {
          now,
          toldUntil: isShipped ? now : shippedUntil,
          owner: recorder.owner,
          watchedSince: rooms.slotsWatchedSince(),
        };
        return listSlots(history, { ...range, job: job ?? null, limit }, answering);
      });
    },
  );
}

function backwards(): HttpError {
  return new HttpError(400, 'GITCRON_E_BAD_REQUEST', 'The request is wrong: from is after to.', {
    hint: 'Give the earlier instant as from.',
  });
}
