import { readEnvironment, wholeNumber, type Environment } from '@gitcron/git-sync/environment';
import { isAbsolute, resolve } from 'node:path';
import { z } from 'zod';
import { logSettings } from '../log.ts';
import { RUN_VARIABLES } from './run-variables.ts';
import { systemTimeZone, timeZone } from './time-zone.ts';
import { processUser } from './user.ts';

export { EXIT_CONFIG, SettingsError, type Environment } from '@gitcron/git-sync/environment';

/** A file inside the scripts repository. */
const repositoryPath = z
  .string()
  .refine(
    (path) => !isAbsolute(path) && !path.split('/').includes('..'),
    'expected a path inside the repository, relative to its root',
  );

const directory = z.string().transform((path) => resolve(path));

/** The settings of `gitcron supervise`, by the names of the environment. */
export const settingsSchema = z.object({
  SOURCE_DIR: directory.default('/app/project/source'),
  PACKAGE_FILE: repositoryPath.default('package.json'),
  CRON_FILE: repositoryPath.default('app/crontab.txt'),
  POLL_SEC: wholeNumber({ min: 1, max: 86_400, unit: 'seconds' }).default(15),
  STATE_DIR: directory.default('/var/lib/app-state'),
  KEEP_RELEASES: wholeNumber({ min: 1, max: 1000, unit: 'releases' }).default(10),
  TZ: timeZone.default(systemTimeZone()),
  JOB_CONCURRENCY: wholeNumber({ min: 1, max: 10_000, unit: 'runs' }).default(50),
  JOB_USER: processUser.optional(),
  INSTALL_USER: processUser.optional(),
  INSTALL_TIMEOUT: wholeNumber({ min: 1, max: 86_400, unit: 'seconds' }).default(900),
  SHUTDOWN_GRACE: wholeNumber({ min: 0, max: 86_400, unit: 'seconds' }).default(30),
  ...logSettings,
});

export type Settings = z.output<typeof settingsSchema>;

/** @throws SettingsError with every mistake at once. */
export function readSettings(environment: Environment): Settings {
  return readEnvironment(settingsSchema, environment, ['GITCRON_'], RUN_VARIABLES);
}
