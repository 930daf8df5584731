import { z } from 'zod';
import { authorOf } from '../access/principal.ts';
import type { Tokens } from '../access/tokens.ts';
import type { Api } from '../api.ts';
import { HttpError } from '../problem.ts';
import type { Rooms } from '../rooms.ts';
import { tokenRequest, tokenView } from '../../api/token.ts';
import { viewToken } from '../views/token.ts';

const tags = ['tokens'];

export function tokenRoutes(app: Api, rooms: Pick<Rooms, 'tell'>, tokens: Tokens): void {
  app.get(
    '/api/v1/tokens',
    {
      config: { right: 'admin' },
      schema: {
        tags,
        summary: 'Every token, without its secret',
        response: { 200: z.object({ items: z.array(tokenView) }) },
      },
    },
    async () => ({ items: tokens.list().map(viewToken) }),
  );

  app.post(
    '/api/v1/tokens',
    {
      schema: {
        tags,
        summary: 'Make a token',
        body: tokenRequest,
        response: {
          201: z.object({
            secret: z.string().describe('shown this one time: it is not kept'),
            token: tokenView,
          }),
        },
      },
    },
    async ({ body: { name, scopes, expiresAt }, principal }, reply) => {
      if (tokens.list().some((token) => token.name === name)) throw nameTaken();
      const expiry = expiresAt === null ? null : Date.parse(expiresAt);
      const { secret, token } = await tokens.create({ name, scopes, expiresAt: expiry });
      const by = authorOf(principal);
      rooms.tell({ type: 'token_created', by, tokenId: token.id, name, scopes });
      return reply.status(201).send({ secret, token: viewToken(token) });
    },
  );

  app.delete(
    '/api/v1/tokens/:which',
    {
      schema: {
        tags,
        summary: 'Revoke a token',
        params: z.object({ which: z.string().max(64).describe('its id or its name') }),
        response: { 204: z.null() },
      },
    },
    async ({ params, principal }, reply) => {
      const revoked = await tokens.revoke(params.which);
      if (revoked === null) throw noToken();
      const by = authorOf(principal);
      rooms.tell({ type: 'token_revoked', by, tokenId: revoked.id, name: revoked.name });
      return reply.status(204).send(null);
    },
  );
}

function noToken(): HttpError {
  return new HttpError(404, 'GITCRON_E_NO_TOKEN', 'There is no such token.', {
    hint: 'gitcron token list shows them.',
  });
}

function nameTaken(): HttpError {
  return new HttpError(409, 'GITCRON_E_TOKEN_NAME', 'There is a token of this name already.', {
    hint: 'Revoke that one first, or choose another name.',
  });
}
