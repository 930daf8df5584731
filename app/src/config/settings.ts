import {
  readEnvironment,
  whenRight,
  wholeNumber,
  type Environment,
} from '@gitcron/base/environment';
import { isAbsolute, normalize, relative, resolve } from 'node:path';
import { z } from 'zod';
import { logSettings } from '@gitcron/base/log-settings';
import { httpSettings } from './http.ts';
import { hasProvider, isWhole, namesARole, oidcSettings } from './oidc.ts';
import { recordSettings } from './record.ts';
import { RUN_VARIABLES } from './run-variables.ts';
import { systemTimeZone, timeZone, withUtcForEmptyZone } from './time-zone.ts';
import { processUser } from '../processes/process-user.ts';

/** A file inside the scripts repository. */
const repositoryPath = z
  .string()
  .refine(
    (path) => !isAbsolute(path) && !path.split('/').includes('..'),
    'expected a path inside the repository, relative to its root',
  )
  // sha256sum writes such names in another way than others.
  .refine((path) => !/[\p{Cc}\\]/u.test(path), 'must not contain a backslash or a line break')
  .transform((path) => normalize(path));

const directory = z.string().transform((path) => resolve(path));

const webhookSecretNames = ['SYNC_WEBHOOK_SECRET', 'SYNC_WEBHOOK_SECRET_FILE'] as const;

const oidcSecretNames = ['OIDC_CLIENT_SECRET', 'OIDC_CLIENT_SECRET_FILE'] as const;
const ofProvider = ['OIDC_ISSUER', 'OIDC_CLIENT_ID', ...oidcSecretNames] as const;

/** The settings of `gitcron supervise`, by the names of the environment. */
export const settingsSchema = z
  .object({
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
    INSTALL_CACHE: directory.optional(),
    INSTALL_TIMEOUT: wholeNumber({ min: 1, max: 86_400, unit: 'seconds' }).default(900),
    SHUTDOWN_GRACE: wholeNumber({ min: 0, max: 86_400, unit: 'seconds' }).default(30),
    ...recordSettings,
    ...httpSettings,
    ...oidcSettings,
    ...logSettings,
  })
  .refine((given) => !given.JOB_USER || given.INSTALL_USER, {
    path: ['INSTALL_USER'],
    error: 'must be set too, or installs would run as root',
    when: whenRight('JOB_USER', 'INSTALL_USER'),
  })
  .refine((given) => !given.JOB_USER || given.JOB_USER.uid !== given.INSTALL_USER?.uid, {
    path: ['INSTALL_USER'],
    error: 'must be another user than JOB_USER, or jobs could change what is being installed',
    when: whenRight('JOB_USER', 'INSTALL_USER'),
  })
  .refine((given) => !given.ADMIN_PASSWORD || !given.ADMIN_PASSWORD_FILE, {
    path: ['ADMIN_PASSWORD_FILE'],
    error: 'set this or ADMIN_PASSWORD, not both',
    when: whenRight('ADMIN_PASSWORD', 'ADMIN_PASSWORD_FILE'),
  })
  .refine((given) => !webhookSecretNames.every((name) => given[name]), {
    path: ['SYNC_WEBHOOK_SECRET_FILE'],
    error: 'set this or SYNC_WEBHOOK_SECRET, not both',
    when: whenRight(...webhookSecretNames),
  })
  .refine(isWhole, {
    path: ['OIDC_ISSUER'],
    error:
      'OIDC_ISSUER, OIDC_CLIENT_ID and OIDC_CLIENT_SECRET (or OIDC_CLIENT_SECRET_FILE) belong together: set all three, or none',
    when: whenRight(...ofProvider),
  })
  .refine((given) => !oidcSecretNames.every((name) => given[name]), {
    path: ['OIDC_CLIENT_SECRET_FILE'],
    error: 'set this or OIDC_CLIENT_SECRET, not both',
    when: whenRight(...oidcSecretNames),
  })
  .refine((given) => !hasProvider(given) || given.PUBLIC_URL, {
    path: ['PUBLIC_URL'],
    error: 'must be set, too: the provider sends people back there, to /login/oidc/callback',
    when: whenRight('PUBLIC_URL', ...ofProvider),
  })
  .refine((given) => !hasProvider(given) || namesARole(given), {
    path: ['OIDC_ADMIN'],
    error: 'set this, OIDC_OPERATOR or OIDC_VIEWER, or nobody can log in by the provider',
    when: whenRight('OIDC_ADMIN', 'OIDC_OPERATOR', 'OIDC_VIEWER', ...ofProvider),
  })
  .refine(({ SOURCE_DIR, STATE_DIR }) => !isCodeIn(SOURCE_DIR, STATE_DIR), {
    path: ['STATE_DIR'],
    error: 'must not be inside SOURCE_DIR, or releases would contain each other',
    when: whenRight('SOURCE_DIR', 'STATE_DIR'),
  });

function isCodeIn(source: string, state: string): boolean {
  const [first] = relative(source, state).split('/');
  // .gitcron/ is left out of what a plain directory holds.
  return first !== '..' && first !== '.gitcron';
}

/** Besides: what tells a command where to find a supervisor, and what to show it. */
const KNOWN_ELSEWHERE = new Set([...RUN_VARIABLES, 'GITCRON_URL', 'GITCRON_TOKEN']);

export type Settings = z.output<typeof settingsSchema>;

/** @throws SettingsError with every mistake at once. */
export function readSettings(environment: Environment): Settings {
  return readEnvironment(
    settingsSchema,
    withUtcForEmptyZone(environment),
    ['GITCRON_'],
    KNOWN_ELSEWHERE,
  );
}
