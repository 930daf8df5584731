import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Principal } from './access/principal.ts';

/** What a route needs: `trigger` is the right to start the job that the path names, `any` any right. */
export type RouteRight = 'nothing' | 'any' | 'read' | 'operate' | 'admin' | 'trigger';

/** Where a token does something else than a person who looks. */
export interface RightByLogIn {
  readonly token: RouteRight;
  readonly session: RouteRight;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Without it a route that only reads needs `read`, and any other `admin`. */
    right?: RouteRight | RightByLogIn;
  }
  interface FastifyRequest {
    /** Null where nobody has to say who they are. */
    principal: Principal | null;
    /**
     * For an answer that takes long. Aborts, with the error to answer with, when whoever asked has lost
     * the right to it.
     */
    accessLost: () => AbortSignal;
  }
}

/** Our server, as the files below `routes/` see it. */
export type Api = FastifyInstance<
  Server,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;
