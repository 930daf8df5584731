import { CodedError } from '@gitcron/base/coded-error';
import type * as Client from 'openid-client';
import { HttpError } from '../problem.ts';

/** Ours to mend: the provider is there and does not know us. */
const CODES_OF_SETTINGS = new Set(['invalid_client', 'unauthorized_client', 'invalid_scope']);
/** Its answer is not what the standard says, because the issuer is another one than is set. */
const OTHER_ISSUER = 'OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED';

/** What went wrong between us and the provider, in words for whoever wants to log in. */
export function explain(client: typeof Client, error: unknown, host: string): CodedError {
  const ours = codedIn(error);
  if (ours !== null) return ours;
  if (error instanceof client.AuthorizationResponseError) {
    return CODES_OF_SETTINGS.has(error.error)
      ? wrongSettings(host, error)
      : refused(host, nameOf(error.error), error);
  }
  if (error instanceof client.ResponseBodyError) {
    if (CODES_OF_SETTINGS.has(error.error) || error.status === 401)
      return wrongSettings(host, error);
    return error.status >= 500 ? away(host, error) : refused(host, nameOf(error.error), error);
  }
  if (error instanceof client.WWWAuthenticateChallengeError) return wrongSettings(host, error);
  if (error instanceof client.ClientError) {
    if (error.code === OTHER_ISSUER) return wrongSettings(host, error);
    const isAnswer =
      error.code?.startsWith('OAUTH_JWT_') === true || error.code === 'OAUTH_INVALID_RESPONSE';
    return isAnswer ? refused(host, 'its answer is not valid', error) : away(host, error);
  }
  return away(host, error);
}

/** The library wraps what we throw in the midst of its work. */
function codedIn(error: unknown): CodedError | null {
  if (error instanceof CodedError) return error;
  return error instanceof Error && error.cause !== undefined ? codedIn(error.cause) : null;
}

function away(host: string, cause: unknown): HttpError {
  const sentence = `The identity provider ${host} does not answer as it should.`;
  return new HttpError(503, 'GITCRON_E_OIDC_AWAY', sentence, {
    place: 'OIDC_ISSUER',
    hint: 'Try again in a moment; it is asked anew each time. The administrator can log in with the password meanwhile, and jobs, tokens and commands on the machine work.',
    cause,
  });
}

function wrongSettings(host: string, cause: unknown): HttpError {
  const sentence = `The identity provider ${host} does not take Gitcron for the client that it knows.`;
  return new HttpError(503, 'GITCRON_E_OIDC_CLIENT', sentence, {
    place: 'OIDC_ISSUER',
    hint: 'Compare OIDC_ISSUER (as the provider writes it, with or without a slash at its end), OIDC_CLIENT_ID, the secret and OIDC_SCOPE with what the provider says. The log tells more; the password works meanwhile.',
    cause,
  });
}

function refused(host: string, why: string, cause: unknown): HttpError {
  return new HttpError(401, 'GITCRON_E_OIDC_REFUSED', `${host} did not let you in (${why}).`, {
    hint: 'Log in again. If that does not help, ask who looks after the identity provider.',
    cause,
  });
}

/** A code of the standard; anything else that stands there is for nobody's page. */
function nameOf(code: string): string {
  return /^[a-z_]{1,40}$/.test(code) ? code : 'no reason given';
}
