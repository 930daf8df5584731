import { z } from 'zod';
import { authorOf } from '../access/principal.ts';
import type { Api } from '../api.ts';
import { readHistory } from '../read-history.ts';
import type { Rooms } from '../rooms.ts';
import { cleanupView } from '../../api/cleanup.ts';

export function cleanupRoutes(app: Api, rooms: Rooms): void {
  app.post(
    '/api/v1/cleanup/runs',
    {
      schema: {
        tags: ['cleanup'],
        summary: 'Bring history within its limits',
        body: z
          .strictObject({ dryRun: z.boolean().default(false) })
          .nullish()
          .meta({ examples: [{ dryRun: true }] }),
        response: { 200: cleanupView },
      },
    },
    async ({ body, principal }) => {
      const result = await readHistory(rooms, (_history, record) =>
        record.cleanUp(body?.dryRun ?? false),
      );
      if (!result.dryRun) {
        rooms.tell({
          type: 'history_cleaned',
          by: authorOf(principal),
          runs: result.runsByAge + result.runsByCount,
          outputs: result.outputsBySize,
          bytes: result.outputBytes,
        });
      }
      return result;
    },
  );
}
