import { errorFields } from '@gitcron/base/error-fields';
import type { Logger } from '@gitcron/base/log';
import type { Dispatcher, Slot } from './job.ts';

/** One job that cannot be started must not keep the others from it: errors are logged, not thrown. */
export function guardedDispatcher(dispatcher: Dispatcher, logger: Logger): Dispatcher {
  const guarded = (what: keyof Dispatcher) => (slot: Slot, settled?: () => void) => {
    try {
      dispatcher[what](slot, settled);
    } catch (error) {
      logger.error(errorFields(error), `Cannot ${what} ${slot.job.slug}`);
    }
  };
  return { prepare: guarded('prepare'), fire: guarded('fire'), withdraw: guarded('withdraw') };
}
