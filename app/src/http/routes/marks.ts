import { z } from 'zod';
import type { EpochMs } from '@gitcron/base/clock';
import { iso, toIso } from '../../api/instant.ts';
import { timelineMarks, type TimelineMark } from '../../api/timeline-mark.ts';
import { outagesIn } from '../../schedule/outages.ts';
import type { Api } from '../api.ts';
import { readHistory } from '../read-history.ts';
import type { Rooms } from '../rooms.ts';
import { shipNewest } from '../ship-newest.ts';

const DAY_MS = 86_400_000;

const query = z.strictObject({
  from: iso.optional().describe('default: a day ago'),
  to: iso.optional().describe('default: now'),
});

const NOTHING = { until: null, release: null, subject: null, by: null, reason: null };

export function markRoutes(app: Api, rooms: Rooms): void {
  app.get(
    '/api/v1/marks',
    {
      schema: {
        tags: ['jobs'],
        summary: 'What a timeline marks: releases, rollbacks, rejected commits, outages',
        querystring: query,
        response: { 200: timelineMarks },
      },
    },
    async ({ query: { from, to } }) => {
      const now = Date.now();
      const range = {
        from: from === undefined ? now - DAY_MS : Date.parse(from),
        to: to === undefined ? now : Date.parse(to),
      };
      const complete = await shipNewest(rooms);
      const { events, watched } = await readHistory(rooms, (history) =>
        history.markEvents(range.from, range.to),
      );
      const since = rooms.slotsWatchedSince();
      const live = since === null ? [] : [{ after: since, until: now }];
      const outages = outagesIn(inOrder([...watched, ...live]), range, now);
      const items: TimelineMark[] = [
        ...events.map((event) => ({ ...NOTHING, ...event, at: toIso(event.at) })),
        ...outages.map((outage) => ({
          ...NOTHING,
          kind: 'outage' as const,
          at: toIso(outage.from),
          until: toIso(outage.until),
        })),
      ];
      return { items: items.toSorted((a, b) => (a.at < b.at ? -1 : 1)), complete };
    },
  );
}

function inOrder<Range extends { readonly after: EpochMs }>(ranges: readonly Range[]): Range[] {
  return ranges.toSorted((a, b) => a.after - b.after);
}
