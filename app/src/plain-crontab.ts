import { watch } from 'chokidar';
import { readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { coalesced } from '@gitcron/base/coalesced';
import type { CronSettings } from './config/cron-settings.ts';
import { cronJobEnvironment } from './config/job-environment.ts';
import type { Environment } from '@gitcron/base/environment';
import { CodedError } from '@gitcron/base/coded-error';
import { errorFields } from '@gitcron/base/error-fields';
import type { Log } from '@gitcron/base/log';
import { maskEvent, type RecordedEvent } from './events.ts';
import { tellObservers } from './events/tell-observers.ts';
import type { Supervisor } from './main.ts';
import type { OverlapPolicy } from './schedule/job.ts';
import type { Workplace } from './run/workplace.ts';
import { connectScheduleAndRun } from './schedule-and-run.ts';
import { logRuns } from './run/log-runs.ts';
import { createSecretMask } from './secrets/secret-mask.ts';
import { MAX_CRONTAB_BYTES } from './schedule/crontab/decode.ts';
import { takeSupervisorLock } from './state/supervisor-lock.ts';

export interface PlainCrontabOptions {
  /** Absolute. */
  readonly file: string;
  /** Where its jobs start. */
  readonly directory: string;
  /** Where it is kept what the next start has to know. */
  readonly stateDirectory: string;
  readonly settings: CronSettings;
  /** Of jobs that say nothing of it; `skip` where it is left out. */
  readonly overlap?: OverlapPolicy;
  readonly environment: Environment;
  readonly log: Log;
}

/**
 * The house without its first two rooms: a crontab file is the source, and there is no release.
 * @throws CodedError when the file is wrong at the start; later mistakes leave the schedule as it is.
 */
export async function startPlainCrontab(options: PlainCrontabOptions): Promise<Supervisor> {
  const { file, stateDirectory, settings } = options;
  const logger = options.log.logger.child({ room: 'schedule' });
  const mask = createSecretMask(settings, options.environment);
  options.log.maskWith(mask.text);
  // Given back in the other order: by `stop`, or here when the start fails.
  await using parts = new AsyncDisposableStack();
  const lock = await takeSupervisorLock(stateDirectory);
  parts.defer(() => lock.release());
  const forJobs = cronJobEnvironment(options.environment, settings.JOB_USER);
  const workplace: Workplace = {
    runAs: settings.JOB_USER ?? null,
    environment: () => forJobs,
    directory: options.directory,
    release: () => null,
  };
  const work = await connectScheduleAndRun({
    ...options,
    workplaceOf: () => workplace,
    emit: tellObservers<RecordedEvent>({
      observers: [logRuns(options.log.logger)],
      mask: (event) => maskEvent(event, mask.text),
      logger,
    }),
    outputTransform: mask.transform,
    // Several crontabs may run as the same user.
    isJobUserOurs: false,
    crontabHint: `Mend it and save it; gitcron check ${file} says the same.`,
  });
  parts.defer(() => work.stop());

  let inForce = await readCrontabFile(file);
  work.putInForce('repository', work.parse(file, inForce));
  let complaint = '';
  const look = async (): Promise<void> => {
    try {
      const bytes = await readCrontabFile(file);
      if (!bytes.equals(inForce)) work.putInForce('repository', work.parse(file, bytes));
      else if (complaint !== '') logger.info(`${file} is as it was again.`);
      inForce = bytes;
      complaint = '';
    } catch (error) {
      // Said once: a file that stays wrong is looked at again and again.
      if (String(error) === complaint) return;
      complaint = String(error);
      logger.error(errorFields(error), `${file} cannot be used; the schedule stays as it is.`);
    }
  };
  const looks = coalesced(look);
  const lookSoon = (): void => void looks.run();
  parts.defer(() => looks.settled());

  work.start();
  // The folder, because an editor puts another file in the place of the one it read.
  const watcher = watch(dirname(file), {
    depth: 0,
    ignoreInitial: true,
    ignored: (path) => path !== dirname(file) && path !== file,
  })
    .on('all', lookSoon)
    .on('error', (error) => logger.warn(errorFields(error), `No file system events for ${file}.`));
  parts.defer(() => watcher.close());
  const poll = setInterval(lookSoon, settings.POLL_SEC * 1000);
  parts.defer(() => clearInterval(poll));

  const running = parts.move();
  return {
    reload: lookSoon,
    kill: () => work.runner.kill(),
    stop: () => running.disposeAsync(),
  };
}

/** @throws CodedError when it cannot be read, or is too large. */
export async function readCrontabFile(file: string): Promise<Buffer> {
  try {
    const found = await stat(file);
    // A pipe or a device might never end.
    if (!found.isFile()) throw new Error('it is a directory, a pipe or a device');
    if (found.size <= MAX_CRONTAB_BYTES) return await readFile(file);
  } catch (cause) {
    throw new CodedError('GITCRON_E_CRONTAB_FILE', 'The crontab cannot be read.', {
      place: file,
      hint: 'Is the path right, and may this user read it?',
      cause,
    });
  }
  throw new CodedError('GITCRON_E_CRONTAB_TOO_LARGE', 'The crontab is too large.', {
    place: file,
    hint: `At most ${MAX_CRONTAB_BYTES / 1024} KiB. Is this the right file?`,
  });
}
