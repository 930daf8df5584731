import { STATUS_CODES } from 'node:http';
import type { Problem } from '../api/problem.ts';
import { CodedError, type ErrorDetails } from '@gitcron/base/coded-error';

/** An error that has an HTTP status of its own. */
export class HttpError extends CodedError {
  readonly status: number;
  /** More members of the problem document, such as the run that is in the way. */
  readonly members: Readonly<Record<string, unknown>>;
  /** When it is worth to ask again; null when that is not known. */
  readonly retryAfterSec: number | null;

  constructor(
    status: number,
    code: `GITCRON_E_${string}`,
    message: string,
    details: ErrorDetails & {
      readonly members?: Readonly<Record<string, unknown>>;
      readonly retryAfterSec?: number;
    },
  ) {
    super(code, message, details);
    this.status = status;
    this.members = details.members ?? {};
    this.retryAfterSec = details.retryAfterSec ?? null;
  }
}

/** Statuses of errors that come from rooms which know nothing of HTTP. */
const STATUS: Readonly<Record<string, number>> = {
  GITCRON_E_NO_RELEASE: 404,
};

export function problemOf(error: CodedError): Problem {
  const { code, message, hint, place } = error;
  const status = error instanceof HttpError ? error.status : (STATUS[code] ?? 503);
  return {
    type: `urn:gitcron:error:${code.slice('GITCRON_E_'.length).toLowerCase()}`,
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail: message,
    code,
    hint,
    ...(place === undefined ? {} : { place }),
    ...(error instanceof HttpError ? error.members : {}),
  };
}
