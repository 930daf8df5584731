import type { z } from 'zod';
import { CodedError } from '@gitcron/base/coded-error';
import {
  EXIT_DATA,
  EXIT_NOT_ALLOWED,
  EXIT_NOT_FOUND,
  EXIT_NOT_NOW,
  EXIT_UNAVAILABLE,
} from '@gitcron/base/exit-status';
import type { problem } from '../../api/problem.ts';

const EXIT_STATUS: Readonly<Record<number, number>> = {
  400: EXIT_DATA,
  401: EXIT_NOT_ALLOWED,
  403: EXIT_NOT_ALLOWED,
  404: EXIT_NOT_FOUND,
  409: EXIT_NOT_NOW,
  413: EXIT_DATA,
  422: EXIT_DATA,
  429: EXIT_NOT_NOW,
};

/** What the supervisor refused, in its own words. */
export class RefusedError extends CodedError {
  readonly status: number;

  constructor(status: number, document: z.output<typeof problem>) {
    const { code, detail, hint } = document;
    const place = typeof document['place'] === 'string' ? { place: document['place'] } : {};
    super(codeOf(code), detail, { hint, ...place });
    this.status = status;
  }

  get exitStatus(): number {
    return EXIT_STATUS[this.status] ?? EXIT_UNAVAILABLE;
  }
}

function codeOf(code: string): `GITCRON_E_${string}` {
  return /^GITCRON_E_[A-Z_]+$/.test(code)
    ? `GITCRON_E_${code.slice('GITCRON_E_'.length)}`
    : 'GITCRON_E_REFUSED';
}
