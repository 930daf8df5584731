import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { CodedError } from '@gitcron/base/coded-error';
import { maskMembers } from '../events/mask-params.ts';
import { errorFields } from '@gitcron/base/error-fields';
import type { Logger } from '@gitcron/base/log';
import { createFewLines } from './few-lines.ts';
import { isPageWanted } from './page-wanted.ts';
import type { LogInPage } from './pages/login-page.ts';
import { sendPage } from './pages/page.ts';
import { HttpError, problemOf } from './problem.ts';

export function sendProblem(
  reply: FastifyReply,
  error: CodedError,
  maskText = (text: string): string => text,
): FastifyReply {
  const problem = problemOf(error);
  if (error instanceof HttpError && error.retryAfterSec !== null) {
    reply.header('retry-after', error.retryAfterSec);
  }
  return reply
    .status(problem.status)
    .type('application/problem+json')
    .serializer((value: unknown) => JSON.stringify(value))
    .send(maskMembers(problem, maskText));
}

/** Every error leaves as a problem document; only those that are no fault of ours say why. */
export function createErrorHandler(
  logger: Logger,
  maskText: (text: string) => string,
  logInPage: LogInPage,
) {
  const told = createFewLines({
    most: 10,
    perMs: 60_000,
    tellMore: (count) =>
      logger.error(`${count} more requests failed by a fault of Gitcron in a minute.`),
  });
  return (error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const coded = codedErrorOf(error);
    if (coded?.code === 'GITCRON_E_LOGIN' && isPageWanted(request)) {
      return sendPage(reply, 401, logInPage(request.url));
    }
    if (coded !== null) return sendProblem(reply, coded, maskText);
    const where = { method: request.method, path: request.routeOptions.url };
    told.write(() =>
      logger.error({ ...errorFields(error), ...where }, 'A request failed by a fault of Gitcron.'),
    );
    return sendProblem(
      reply,
      new HttpError(500, 'GITCRON_E_INTERNAL', 'This failed by a fault of Gitcron.', {
        hint: "The supervisor's log tells more; please report it.",
      }),
    );
  };
}

export function notFound(
  request: FastifyRequest,
  reply: FastifyReply,
  maskText: (text: string) => string,
): FastifyReply {
  const error = new HttpError(404, 'GITCRON_E_NO_SUCH_PATH', 'There is nothing here.', {
    place: `${request.method} ${request.url.split('?', 1)[0]?.slice(0, 200)}`,
    hint: 'The API is described at /api/docs.',
  });
  return sendProblem(reply, error, maskText);
}

/** By the names that the asker gave: `status: expected …`. */
function sentenceOf(validation: NonNullable<FastifyError['validation']>): string {
  const parts = validation.map(({ instancePath, message }) => {
    const names = instancePath.split('/').filter((name) => !/^\d*$/.test(name));
    return [names.join('.'), message ?? 'is wrong'].filter(Boolean).join(': ');
  });
  return parts.join('; ').replace(/\.$/, '');
}

function codedErrorOf(error: FastifyError): CodedError | null {
  if (error instanceof CodedError) return error;
  if (hasZodFastifySchemaValidationErrors(error)) {
    const problems = error.validation.map(({ instancePath, message }) => ({
      at: `${error.validationContext ?? 'request'}${instancePath}`,
      problem: message ?? 'is wrong',
    }));
    return new HttpError(
      400,
      'GITCRON_E_BAD_REQUEST',
      `The request is wrong: ${sentenceOf(error.validation)}.`,
      {
        hint: 'The API is described at /api/docs.',
        members: { problems },
      },
    );
  }
  // The framework's own refusals: a body that is too large, is no JSON, has an unknown type …
  const status = error.statusCode ?? 500;
  if (status < 400 || status >= 500) return null;
  return new HttpError(status, 'GITCRON_E_BAD_REQUEST', `${error.message}.`.replace(/\.\.$/, '.'), {
    hint: 'The API is described at /api/docs.',
  });
}
