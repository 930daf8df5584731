import type { Api } from './api.ts';
import { HttpError } from './problem.ts';

/**
 * Paths that exist answer a method that they do not have with 405 and the ones that they have
 * (RFC 9110, section 15.5.6). Call it before the first route.
 * @returns call it after the last one.
 */
export function refuseOtherMethods(app: Api): () => void {
  const paths = new Set<string>();
  app.addHook('onRoute', ({ url }) => void paths.add(url));
  return () => {
    for (const url of [...paths]) {
      const isKnown = (method: string): boolean => app.hasRoute({ url, method });
      const allow = app.supportedMethods.filter(isKnown).toSorted().join(', ');
      app.route({
        url,
        method: app.supportedMethods.filter((method) => !isKnown(method)),
        config: { right: 'nothing' },
        schema: { hide: true },
        exposeHeadRoute: false,
        // Before a body is read, which may be of a type that nobody knows.
        onRequest(request, reply, done) {
          reply.header('allow', allow);
          done(notAllowed(request.method, allow));
        },
        handler: () => {},
      });
    }
  };
}

function notAllowed(method: string, allow: string): HttpError {
  return new HttpError(405, 'GITCRON_E_METHOD', `There is no ${method} here.`, {
    hint: `This path knows ${allow}. The API is described at /api/docs.`,
  });
}
