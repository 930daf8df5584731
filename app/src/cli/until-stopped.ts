import type { Log } from '../log.ts';

/** Something that runs until a signal ends it. */
export interface Stoppable {
  /** Reads anew what it was given (SIGHUP). */
  reload(): void;
  /** Ends in order. */
  stop(): Promise<void>;
  /** Waits for nothing more: makes a `stop` that is under way end at once. */
  kill(): void;
}

/**
 * Lives until SIGTERM or SIGINT, then stops in order; a second signal kills what is still running.
 * Resolves when everything has ended and the log is out.
 */
export async function untilStopped(stoppable: Stoppable, log: Log): Promise<void> {
  const { logger } = log;
  const stopping = Promise.withResolvers<void>();
  let asked = false;
  const onStop = (signal: NodeJS.Signals) => {
    if (asked) {
      logger.warn(`${signal} again: ending at once.`);
      stoppable.kill();
      return;
    }
    asked = true;
    logger.info(`${signal}: stopping. A second one ends everything at once.`);
    stopping.resolve();
  };
  const onReload = () => stoppable.reload();
  process.on('SIGTERM', onStop).on('SIGINT', onStop).on('SIGHUP', onReload);
  await stopping.promise;
  await stoppable.stop();
  process.off('SIGTERM', onStop).off('SIGINT', onStop).off('SIGHUP', onReload);
  logger.info('Stopped.');
  log.flush();
}
