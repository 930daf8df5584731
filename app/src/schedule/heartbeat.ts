import { schedule } from 'node-cron';
import { errorFields, type Logger } from '../log.ts';

/** Something that calls back once a minute until it is stopped. */
export type Heartbeat = (onBeat: () => void) => { stop(): void };

/**
 * node-cron with one task a minute, in UTC. It never drops a beat that comes late, and after the
 * clock was set it needs to be started anew: that is the watchdog's business.
 */
export function cronHeartbeat(logger: Logger): Heartbeat {
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
          logger.error(errorFields(error ?? message), 'The heartbeat failed'),
      },
    });
    return { stop: () => void task.destroy() };
  };
}
