import { endProcess } from '@gitcron/base/end-process';
import { isatty } from 'node:tty';
import type { Log } from '@gitcron/base/log';

/** Something that runs until a signal ends it. */
export interface Stoppable {
  /** Reads anew what it was given (SIGHUP). */
  reload(): void;
  /** Ends in order. */
  stop(): Promise<void>;
  /** Waits for nothing more: makes a `stop` that is under way end at once. */
  kill(): void;
}

/** A launcher passes on a signal that a terminal has sent to us, too: the same one, twice. */
const SAME_SIGNAL_MS = 300;
/** After `kill`, what is dead needs no longer to be noted and given back. */
const KILL_LIMIT_MS = 5000;

/**
 * Lives until SIGTERM or SIGINT, then stops in order; a second signal kills what is still running.
 * SIGHUP reloads, but at a terminal it says that the terminal is gone, and stops.
 * Ends the process when everything has ended and the log is out.
 */
export async function untilStopped(stoppable: Stoppable, log: Log): Promise<never> {
  const logger = log.logger.child({ room: 'main' });
  const atTerminal = isatty(0) || isatty(1);
  const stopping = Promise.withResolvers<void>();
  const killed = Promise.withResolvers<void>();
  let askedAt: number | null = null;
  const onStop = (signal: NodeJS.Signals) => {
    if (askedAt === null) {
      askedAt = performance.now();
      logger.info(`${signal}: stopping. A second one ends everything at once.`);
      stopping.resolve();
    } else if (performance.now() - askedAt > SAME_SIGNAL_MS) {
      logger.warn(`${signal} again: ending at once.`);
      stoppable.kill();
      setTimeout(killed.resolve, KILL_LIMIT_MS);
    }
  };
  const onHangUp = (signal: NodeJS.Signals) => {
    if (!atTerminal) stoppable.reload();
    // Whoever closes a terminal may send several; that is no wish to end at once.
    else if (askedAt === null) onStop(signal);
  };
  process.on('SIGTERM', onStop).on('SIGINT', onStop).on('SIGHUP', onHangUp);
  await stopping.promise;
  await Promise.race([stoppable.stop(), killed.promise]);
  logger.info('Stopped.');
  return endProcess(log, 0);
}
