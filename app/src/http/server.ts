import type { Socket } from 'node:net';
import cookie from '@fastify/cookie';
import formbody from '@fastify/formbody';
import { keepDigits } from './keep-digits.ts';
import helmet from '@fastify/helmet';
import fastify from 'fastify';
import {
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod';
import type { Clock } from '@gitcron/base/clock';
import { CodedError } from '@gitcron/base/coded-error';
import type { Logger } from '@gitcron/base/log';
import type { AccessFile } from './access/access-file.ts';
import type { Administrator } from './access/administrator.ts';
import { createGuard } from './access/guard.ts';
import { createHostCheck } from './access/known-host.ts';
import { createOpenRequests } from './access/open-requests.ts';
import { createProxies } from './access/proxies.ts';
import { createSessions } from './access/sessions.ts';
import { createTokens } from './access/tokens.ts';
import type { Api } from './api.ts';
import { createAuditLog, type AuditLog } from './audit-log.ts';
import { refuseBrokenPath, refuseBrokenRequest } from './broken-request.ts';
import { createConnections, type Connections } from './connections.ts';
import { connectionLimit, openFilesLimit } from './descriptor-limit.ts';
import { createErrorHandler } from './error-handler.ts';
import { createEventStreams } from './event-streams.ts';
import { createFollowers } from './followers.ts';
import type { HouseNews } from './house-news.ts';
import type { IdempotencyKeys } from './idempotency.ts';
import type { Metrics } from './metrics.ts';
import type { IdentityProvider } from './oidc/provider.ts';
import { answerOneAtATime } from './one-at-a-time.ts';
import { pathOf, refuseAmbiguous } from './one-of-each.ts';
import { refuseOtherMethods } from './other-methods.ts';
import { createLogInPage } from './pages/login-page.ts';
import { STYLE } from './pages/page.ts';
import type { Panel } from './panel/panel-files.ts';
import type { Rooms } from './rooms.ts';
import { cleanupRoutes } from './routes/cleanup.ts';
import { documentationRoutes, registerDocumentation } from './routes/documentation.ts';
import { jobCrontabRoutes } from './routes/job-crontab.ts';
import { jobRoutes } from './routes/jobs.ts';
import { oidcRoutes } from './routes/oidc.ts';
import { markRoutes } from './routes/marks.ts';
import { outputRoutes } from './routes/output.ts';
import { servePanel } from './routes/panel.ts';
import { releaseRoutes } from './routes/releases.ts';
import { revisionRoutes } from './routes/revisions.ts';
import { runRoutes } from './routes/runs.ts';
import { sessionRoutes } from './routes/session.ts';
import { sessionsRoutes } from './routes/sessions.ts';
import { slotRoutes } from './routes/slots.ts';
import { streamRoutes } from './routes/stream.ts';
import { statusRoutes } from './routes/status.ts';
import { systemRoutes } from './routes/system.ts';
import { tokenRoutes } from './routes/tokens.ts';
import { triggerRoutes } from './routes/trigger.ts';
import { documentedProblem, documentedRights } from './documented.ts';

export interface HttpServerOptions {
  readonly rooms: Rooms;
  readonly access: AccessFile;
  readonly administrator: Administrator;
  readonly keys: IdempotencyKeys;
  readonly metrics: Metrics;
  readonly news: HouseNews;
  /** Null: it was not built. */
  readonly panel: Panel | null;
  readonly logger: Logger;
  /** Null where people log in with the password only. */
  readonly provider: IdentityProvider | null;
  readonly allowedHosts: readonly string[];
  readonly trustProxy: readonly string[];
  readonly clock: Pick<Clock, 'now'>;
}

export interface HttpServer {
  /** @returns the port. @throws CodedError GITCRON_E_PORT */
  listen(host: string, port: number): Promise<number>;
  /** Answers a connection of the control socket, whose other end may do everything. */
  answer(socket: Socket): void;
  /** Lets nobody in any more and ends every connection. */
  close(): Promise<void>;
}

const BODY_LIMIT_BYTES = 256 * 1024;

/** Whoever takes longer to send a request is not on our side. */
const REQUEST_TIMEOUT_MS = 10_000;
const KEEP_ALIVE_MS = 60_000;

export async function createHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const { rooms, access, logger } = options;
  const controlSockets = new WeakSet<Socket>();
  const proxies = createProxies(options.trustProxy);
  const { provider } = options;
  const logInPage = createLogInPage(provider);
  const app: Api = fastify({
    trustProxy: (address) => proxies.isTrusted(address),
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    http: { headersTimeout: REQUEST_TIMEOUT_MS, connectionsCheckingInterval: 2000 },
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 200 },
    rewriteUrl: pathOf,
    frameworkErrors: refuseBrokenPath,
    clientErrorHandler: refuseBrokenRequest,
  }).withTypeProvider<ZodTypeProvider>();
  answerOneAtATime(app.server);
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  keepDigits(app);
  app.setErrorHandler(createErrorHandler(logger, rooms.maskText, logInPage));

  const tokens = createTokens(access, options.clock);
  const sessions = createSessions(access, {
    clock: options.clock,
    provider: provider?.fingerprint ?? null,
  });
  const isControl = (socket: Socket): boolean => controlSockets.has(socket);
  const openRequests = createOpenRequests(access);
  const audit = createAuditLog(logger, rooms.maskText);
  const connections = createConnections(connectionLimit(openFilesLimit()), proxies);
  app.server.on('connection', (socket) => isControl(socket) || connections.admit(socket));
  await protect(app, {
    allowedHosts: options.allowedHosts,
    guard: createGuard({
      accessDamage: () => access.damage,
      tokens,
      sessions,
      isControl,
      openRequests,
    }),
    connections,
    audit,
  });
  app.addHook('onRoute', ({ schema, config, method }) => {
    if (schema === undefined || schema.hide === true) return;
    const response: unknown = schema.response;
    schema.response = { ...PROBLEMS, ...(isObject(response) ? response : {}) };
    schema.security = documentedRights(String(method), config?.right);
  });
  const allRoutesKnown = refuseOtherMethods(app);
  servePanel(app, options.panel, rooms.maskText);
  await registerDocumentation(app, rooms.version);
  const streams = createEventStreams(connectionLimit(openFilesLimit()) / 2);
  const followers = createFollowers(rooms, streams, logger);
  await app.register(async (routes: Api) => {
    triggerRoutes(routes, rooms, options.keys);
    jobRoutes(routes, rooms, options.keys);
    jobCrontabRoutes(routes, rooms);
    runRoutes(routes, rooms, options.keys);
    outputRoutes(routes, rooms, followers);
    releaseRoutes(routes, rooms);
    slotRoutes(routes, rooms);
    markRoutes(routes, rooms);
    revisionRoutes(routes, rooms);
    statusRoutes(routes, rooms, options.metrics);
    streamRoutes(routes, rooms, { news: options.news, streams, followers, logger });
    tokenRoutes(routes, rooms, tokens);
    sessionsRoutes(routes, rooms, sessions);
    cleanupRoutes(routes, rooms);
    systemRoutes(routes, rooms);
    const { administrator } = options;
    const logIns = { sessions, proxies, page: logInPage, tell: rooms.tell };
    sessionRoutes(routes, { ...logIns, administrator, provider });
    const now = (): number => options.clock.now();
    if (provider !== null) oidcRoutes(routes, { ...logIns, provider, now });
    documentationRoutes(routes);
    routes.get('/page.css', { config: { right: 'nothing' }, schema: { hide: true } }, (_, reply) =>
      reply.type('text/css').send(STYLE),
    );
  });
  allRoutesKnown();
  await app.ready();

  return {
    async listen(host, port) {
      try {
        await app.listen({ host, port });
      } catch (cause) {
        throw new CodedError('GITCRON_E_PORT', `Port ${port} of ${host} could not be opened.`, {
          place: 'HTTP_PORT',
          hint: 'Another program may have it: choose a free port, or 0 for none.',
          cause,
        });
      }
      const address = app.server.address();
      return typeof address === 'object' && address !== null ? address.port : port;
    },
    answer(socket) {
      controlSockets.add(socket);
      app.server.emit('connection', socket);
    },
    async close() {
      streams.close();
      openRequests.close();
      await app.close();
      app.server.closeAllConnections();
      audit.close();
      provider?.close();
    },
  };
}

interface Protection {
  readonly allowedHosts: readonly string[];
  readonly guard: ReturnType<typeof createGuard>;
  readonly connections: Connections;
  readonly audit: AuditLog;
}

/** What holds for every route: who may come in, what a browser may do with an answer, what is logged. */
async function protect(app: Api, protection: Protection): Promise<void> {
  const { allowedHosts, guard, connections, audit } = protection;
  await app.register(cookie);
  await app.register(formbody);
  await app.register(helmet, {
    contentSecurityPolicy: CONTENT_POLICY,
    frameguard: { action: 'deny' },
    // With the stricter no-referrer a browser hides the origin of our own forms, too.
    referrerPolicy: { policy: 'same-origin' },
    // Whether this name is for TLS only is for the proxy that has the certificate to say.
    hsts: false,
  });
  app.decorateRequest('principal', null);
  // The guard's is set ahead of every route.
  app.decorateRequest('accessLost', () => AbortSignal.abort());
  // Ahead of those that refuse: what they answer is not for a cache either.
  app.addHook('onRequest', async (_request, reply) => {
    reply.header('cache-control', 'no-store');
  });
  app.addHook('onRequest', refuseAmbiguous);
  app.addHook('onRequest', createHostCheck(allowedHosts));
  app.addHook('onRequest', guard);
  app.addHook('onRequest', async ({ principal, raw: { socket } }, reply) => {
    if (principal === null) return;
    connections.use(socket);
    reply.raw.once('close', () => connections.rest(socket));
  });
  app.addHook('onResponse', (request, reply) => audit.note(request, reply));
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** What every described route may answer besides. */
const PROBLEMS = {
  '4xx': documentedProblem('it is refused: a problem document (RFC 9457) says why'),
  '5xx': documentedProblem('it is not possible now'),
};

/** Nothing from elsewhere, nothing inline, nobody's frame. */
const CONTENT_POLICY = {
  useDefaults: false,
  directives: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'"],
    imgSrc: ["'self'", 'data:'],
    fontSrc: ["'self'"],
    connectSrc: ["'self'"],
    formAction: ["'self'"],
    baseUri: ["'none'"],
    frameAncestors: ["'none'"],
  },
};
