import { CodedError } from './coded-error.ts';
import { errorFields } from './error-fields.ts';
import type { Logger } from './log.ts';

/** Something that is done beside the work itself, and what it means when it fails. */
export interface Errand {
  readonly code: `GITCRON_E_${string}`;
  /** What is not done, and that the rest goes on. */
  readonly sentence: string;
  readonly place?: string;
  readonly hint: string;
}

/**
 * Does what is beside the work (notes, clean-ups, looks, tellings): whatever goes wrong with it is
 * said in the log, once until it works again, and ends nothing.
 */
export interface Beside {
  /** @returns null when it failed. */
  now<T>(work: () => T): T | null;
  /** Never rejects. @returns null when it failed. */
  soon<T>(work: () => Promise<T>): Promise<T | null>;
}

export function createBeside(logger: Logger, errand: Errand): Beside {
  let failed = false;

  function tell(cause: unknown): null {
    const { code, sentence, place, hint } = errand;
    const details = place === undefined ? { hint, cause } : { hint, cause, place };
    if (!failed) {
      const error = new CodedError(code, sentence, details);
      logger.warn(errorFields(error), 'Jobs go on, but something beside them failed.');
    }
    failed = true;
    return null;
  }

  return {
    now(work) {
      try {
        const done = work();
        failed = false;
        return done;
      } catch (error) {
        return tell(error);
      }
    },
    async soon(work) {
      try {
        const done = await work();
        failed = false;
        return done;
      } catch (error) {
        return tell(error);
      }
    },
  };
}
