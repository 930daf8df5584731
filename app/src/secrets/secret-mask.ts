import { readEnvironment } from '@gitcron/base/environment';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { SettingsError, type Environment } from '@gitcron/base/environment';
import { settingsSchema, type Settings } from '../config/settings.ts';
import { createMask, type Mask } from './mask.ts';
import { passwordOfUrl, secretValues } from './secret-values.ts';

/**
 * What takes secrets out of log, record and API: the values that SECRET_ENV names, the
 * supervisor's own, the database password of the scripts, and git-sync's where it works in this
 * very process.
 * @throws SettingsError when one is missing, or too short to be masked safely.
 */
export function createSecretMask(
  settings: Pick<Settings, 'SECRET_ENV'> & Partial<Settings>,
  environment: Environment,
): Mask {
  const { ADMIN_PASSWORD_FILE, SYNC_WEBHOOK_SECRET_FILE } = settings;
  const { values, problems } = secretValues({
    names: settings.SECRET_ENV,
    environment,
    own: {
      GITCRON_DATABASE_URL: settings.GITCRON_DATABASE_URL,
      ADMIN_PASSWORD: settings.ADMIN_PASSWORD,
      ADMIN_PASSWORD_FILE: ADMIN_PASSWORD_FILE && contentOf(ADMIN_PASSWORD_FILE),
      SYNC_WEBHOOK_SECRET: settings.SYNC_WEBHOOK_SECRET,
      SYNC_WEBHOOK_SECRET_FILE: SYNC_WEBHOOK_SECRET_FILE && contentOf(SYNC_WEBHOOK_SECRET_FILE),
    },
    found: [...databasePasswords(environment), ...gitSyncSecrets(environment)],
  });
  if (problems.length > 0) throw new SettingsError(problems);
  return createMask(values);
}

const { SECRET_ENV, GITCRON_DATABASE_URL, ADMIN_PASSWORD, ADMIN_PASSWORD_FILE } =
  settingsSchema.shape;
const { SYNC_WEBHOOK_SECRET, SYNC_WEBHOOK_SECRET_FILE } = settingsSchema.shape;

const secretSettings = z.object({
  SECRET_ENV,
  GITCRON_DATABASE_URL,
  ADMIN_PASSWORD,
  ADMIN_PASSWORD_FILE,
  SYNC_WEBHOOK_SECRET,
  SYNC_WEBHOOK_SECRET_FILE,
});

/**
 * Sees that the supervisor's secrets can be masked, whatever else is wrong with its settings.
 * @throws SettingsError
 */
export function checkSecrets(environment: Environment): void {
  createSecretMask(readEnvironment(secretSettings, environment), environment);
}

function databasePasswords(environment: Environment): string[] {
  const { DATABASE_URL = '', PGPASSWORD = '', PGUSER, PGDATABASE } = environment;
  const isPublic = PGPASSWORD === PGUSER || PGPASSWORD === PGDATABASE;
  return [passwordOfUrl(DATABASE_URL) ?? '', isPublic ? '' : PGPASSWORD];
}

function gitSyncSecrets(environment: Environment): string[] {
  return ['GIT_SYNC_PASSWORD', 'GIT_SYNC_WEBHOOK_SECRET'].flatMap((name) => [
    environment[name] ?? '',
    contentIfReadable(environment[`${name}_FILE`] ?? ''),
  ]);
}

/** Whoever needs the file tells what is wrong with it. */
function contentIfReadable(file: string): string {
  try {
    return file === '' ? '' : contentOf(file);
  } catch {
    return '';
  }
}

function contentOf(file: string): string {
  return readFileSync(file, 'utf8').trim();
}
