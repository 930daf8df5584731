import { z } from 'zod';
import type { Logger } from '@gitcron/base/log';
import type { Api } from '../api.ts';
import { documented } from '../documented.ts';
import type { EventStreams } from '../event-streams.ts';
import { findRun } from '../find-run.ts';
import { followHouse } from '../follow-house.ts';
import type { Followers } from '../followers.ts';
import type { HouseNews } from '../house-news.ts';
import type { Rooms } from '../rooms.ts';

export interface StreamRoutesOptions {
  readonly news: HouseNews;
  readonly streams: EventStreams;
  readonly followers: Followers;
  readonly logger: Logger;
}

export function streamRoutes(app: Api, rooms: Rooms, options: StreamRoutesOptions): void {
  app.get(
    '/api/v1/stream',
    {
      exposeHeadRoute: false,
      schema: {
        tags: ['status'],
        summary: 'What happens in the house, as it does (server-sent events)',
        description:
          'Events `run` (a run as it is now), `job` (its slug: it was switched or acknowledged), `jobs` (another schedule is in force), `release` (a revision), `needs` (what needs somebody now) and `reset`: read anew, then go on listening. It comes first, after a restart, and to who was away for more than ten minutes; else the stream goes on after `Last-Event-ID`. With `follow` also `output` and `end` of that run.',
        querystring: z.object({
          follow: z.string().max(36).optional().describe('a run, whose output comes with it'),
        }),
        headers: z.looseObject({ 'last-event-id': z.string().max(64).optional() }),
        response: { 200: documented('text/event-stream', 'the events') },
      },
    },
    async ({ query, headers, accessLost }, reply) => {
      const lost = accessLost();
      const runId = query.follow === undefined ? null : (await findRun(rooms, query.follow)).runId;
      lost.throwIfAborted();
      const stream = options.streams.open(reply, lost);
      const lastId = headers['last-event-id'] ?? '';
      await followHouse(stream, { lastId, runId }, options);
      stream.end();
      return reply;
    },
  );
}
