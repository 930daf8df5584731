import { schedule } from 'node-cron';
import { errorFields } from '@gitcron/base/error-fields';
import type { Logger } from '@gitcron/base/log';

/** Something that calls back once a minute until it is stopped. */
export type MinuteBeat = (onBeat: () => void) => { stop(): void };

/**
 * node-cron with one task a minute, in UTC. It never drops a beat that comes late, and after the
 * clock was set it needs to be started anew: that is the watchdog's business.
 */
export function cronMinuteBeat(logger: Logger): MinuteBeat {
  return (onBeat) => {
    const task = schedule('* * * * *', onBeat, {
      timezone: 'UTC',
      missedExecutionTolerance: Number.POSITIVE_INFINITY,
      suppressMissedWarning: true,
      logger: {
        info: (message) => logger.debug(message),
        debug: (message) => logger.debug(String(message)),
        warn: (message) => logger.warn(message),
        error: (message, error) =>
          logger.error(errorFields(error ?? message), 'The minute beat failed'),
      },
    });
    return { stop: () => void task.destroy() };
  };
}
