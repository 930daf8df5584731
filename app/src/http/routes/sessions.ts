import { z } from 'zod';
import { logInView } from '../../api/session.ts';
import { authorOf } from '../access/principal.ts';
import type { Sessions } from '../access/sessions.ts';
import type { Api } from '../api.ts';
import { HttpError } from '../problem.ts';
import type { Rooms } from '../rooms.ts';
import { viewLogIn } from '../views/log-in.ts';

const tags = ['log-in'];

/** Everybody's log-ins, for whoever looks after them. */
export function sessionsRoutes(app: Api, rooms: Pick<Rooms, 'tell'>, sessions: Sessions): void {
  app.get(
    '/api/v1/sessions',
    {
      config: { right: 'admin' },
      schema: {
        tags,
        summary: 'Every log-in that is in force',
        response: { 200: z.object({ items: z.array(logInView) }) },
      },
    },
    async ({ principal }) => ({
      items: sessions.list().map((one) => viewLogIn(one, principal?.sessionId ?? null)),
    }),
  );

  app.delete(
    '/api/v1/sessions/:id',
    {
      schema: {
        tags,
        summary: 'End a log-in, at once',
        params: z.object({ id: z.string().max(64) }),
        response: { 204: z.null() },
      },
    },
    async ({ params, principal }, reply) => {
      const ended = await sessions.end(params.id);
      if (ended === null) throw noSession();
      const by = authorOf(principal);
      rooms.tell({ type: 'session_ended', by, sessionId: ended.id, name: ended.name });
      return reply.status(204).send(null);
    },
  );
}

function noSession(): HttpError {
  return new HttpError(404, 'GITCRON_E_NO_SESSION', 'There is no such log-in.', {
    hint: 'It may have ended already: GET /api/v1/sessions lists those that are in force.',
  });
}
