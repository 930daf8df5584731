import { CodedError } from '@gitcron/base/coded-error';
import { endProcess } from '@gitcron/base/end-process';
import { EXIT_SOFTWARE } from '@gitcron/base/exit-status';
import { errorFields } from '@gitcron/base/error-fields';
import type { Log, Logger } from '@gitcron/base/log';
import { isatty } from 'node:tty';

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
const MAX_MISTAKES = 100;
/** After `kill`, what is dead needs no longer to be noted and given back. */
const KILL_LIMIT_MS = 5000;

/**
 * Until `untilStopped` takes over: SIGHUP asks for what a start does anyway, and would end it. At
 * a terminal it does mean the end.
 */
export function startInSpiteOfHangUp(): void {
  if (!isatty(0) && !isatty(1)) process.on('SIGHUP', () => {});
}

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
  goOnAfterMistakes(logger);
  process.on('SIGTERM', onStop).on('SIGINT', onStop).on('SIGHUP', onHangUp);
  await stopping.promise;
  const isInOrder = await Promise.race([stopInOrder(stoppable, logger), killed.promise]);
  logger.info('Stopped.');
  return endProcess(log, isInOrder === false ? EXIT_SOFTWARE : 0);
}

/** @returns false when something could not be given back. */
async function stopInOrder(stoppable: Stoppable, logger: Logger): Promise<boolean> {
  try {
    await stoppable.stop();
    return true;
  } catch (cause) {
    const sentence = 'Not everything could be tidied up at the stop. All runs have ended.';
    const error = new CodedError('GITCRON_E_STOP', sentence, {
      hint: 'See whether the state volume can be written. The next start tidies up.',
      cause,
    });
    logger.error(errorFields(error), 'The stop was not in order.');
    return false;
  }
}

/**
 * The last net, for mistakes of ours: jobs go on. Whoever does something beside the runs has a
 * guard of its own (see `createBeside`).
 */
function goOnAfterMistakes(logger: Logger): void {
  const told = new Set<string>();
  // A promise that nobody waits for ends here as well; and anything can be thrown.
  process.on('uncaughtException', (cause: unknown) => {
    const where = (cause instanceof Error ? cause.stack : null) ?? String(cause);
    // The same mistake may be made every second.
    if (told.has(where)) return;
    if (told.size < MAX_MISTAKES) told.add(where);
    const sentence = 'Something went wrong that should not: jobs go on.';
    const error = new CodedError('GITCRON_E_UNEXPECTED', sentence, {
      hint: 'This is a mistake in Gitcron: please report it with these lines. When something does not work any more, restart Gitcron.',
      cause,
    });
    logger.error({ ...errorFields(error), stack: where }, 'A mistake of Gitcron.');
  });
}
