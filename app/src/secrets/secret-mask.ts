import { secretFilesOfSync, secretsOfSync } from '@gitcron/git-sync/secret-mask';
import { readEnvironment } from '@gitcron/base/environment';
import { createMask, type Mask } from '@gitcron/base/secrets/mask';
import { passwordsInUrls } from '@gitcron/base/secrets/secret-parts';
import { secretValues } from '@gitcron/base/secrets/secret-values';
import { withThoseInFiles } from '@gitcron/base/secrets/secrets-in-files';
import { z } from 'zod';
import { SettingsError, type Environment } from '@gitcron/base/environment';
import { settingsSchema, type Settings } from '../config/settings.ts';

/**
 * What takes secrets out of log, record and API: the values that SECRET_ENV names, the
 * supervisor's own, passwords in URLs, the database's of the scripts, and git-sync's where it works in this
 * very process.
 * @throws SettingsError when one is missing, or too short to be masked safely.
 */
export function createSecretMask(
  settings: Pick<Settings, 'SECRET_ENV'> & Partial<Settings>,
  environment: Environment,
): Mask {
  const { values, problems } = secretValues({
    names: settings.SECRET_ENV,
    environment,
    own: {
      GITCRON_DATABASE_URL: settings.GITCRON_DATABASE_URL,
      ADMIN_PASSWORD: settings.ADMIN_PASSWORD,
      SYNC_WEBHOOK_SECRET: settings.SYNC_WEBHOOK_SECRET,
      OIDC_CLIENT_SECRET: settings.OIDC_CLIENT_SECRET,
    },
    found: [
      ...passwordsInUrls(environment),
      databasePassword(environment),
      ...secretsOfSync(environment),
    ],
  });
  if (problems.length > 0) throw new SettingsError(problems);
  return createMask(withThoseInFiles(values, secretFiles(settings, environment)));
}

/** Ours, git-sync's where it works in this very process, and those whose variables are named. */
function secretFiles(
  settings: Pick<Settings, 'SECRET_ENV'> & Partial<Settings>,
  environment: Environment,
): string[] {
  const { ADMIN_PASSWORD_FILE, SYNC_WEBHOOK_SECRET_FILE, OIDC_CLIENT_SECRET_FILE } = settings;
  const named = settings.SECRET_ENV.filter((name) => name.endsWith('_FILE'));
  const files = named.map((name) => environment[name]);
  const paths = [ADMIN_PASSWORD_FILE, SYNC_WEBHOOK_SECRET_FILE, OIDC_CLIENT_SECRET_FILE];
  const ours = [...paths, ...files].flatMap((path) => path || []);
  return [...ours, ...secretFilesOfSync(environment)];
}

const { SECRET_ENV, GITCRON_DATABASE_URL, ADMIN_PASSWORD, ADMIN_PASSWORD_FILE } =
  settingsSchema.shape;
const { SYNC_WEBHOOK_SECRET, SYNC_WEBHOOK_SECRET_FILE } = settingsSchema.shape;
const { OIDC_CLIENT_SECRET, OIDC_CLIENT_SECRET_FILE } = settingsSchema.shape;

const secretSettings = z.object({
  SECRET_ENV,
  GITCRON_DATABASE_URL,
  ADMIN_PASSWORD,
  ADMIN_PASSWORD_FILE,
  SYNC_WEBHOOK_SECRET,
  SYNC_WEBHOOK_SECRET_FILE,
  OIDC_CLIENT_SECRET,
  OIDC_CLIENT_SECRET_FILE,
});

/**
 * Sees that the supervisor's secrets can be masked, whatever else is wrong with its settings.
 * @throws SettingsError
 */
export function checkSecrets(environment: Environment): void {
  createSecretMask(readEnvironment(secretSettings, environment), environment);
}

function databasePassword({ PGPASSWORD = '', PGUSER, PGDATABASE }: Environment): string {
  return PGPASSWORD === PGUSER || PGPASSWORD === PGDATABASE ? '' : PGPASSWORD;
}
