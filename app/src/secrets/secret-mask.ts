import { readEnvironment } from '@gitcron/base/environment';
import { z } from 'zod';
import { SettingsError, type Environment } from '@gitcron/base/environment';
import { settingsSchema, type Settings } from '../config/settings.ts';
import { createMask, type Mask } from './mask.ts';
import { watchSecretFiles } from './secret-files.ts';
import { passwordOfUrl, secretParts } from './secret-parts.ts';
import { formsOf, secretValues } from './secret-values.ts';

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
    },
    found: [
      ...passwordsInUrls(environment),
      databasePassword(environment),
      ...gitSyncSecrets(environment),
    ],
  });
  if (problems.length > 0) throw new SettingsError(problems);
  return createMask(withThoseInFiles(values, secretFiles(settings, environment)));
}

/** Who replaces a password while we run expects the new one to be masked, and the old one still. */
function withThoseInFiles(
  values: readonly string[],
  files: readonly string[],
): () => readonly string[] {
  const contents = watchSecretFiles(files);
  let seen: readonly string[] = [];
  let all = values;
  return () => {
    const now = contents();
    if (now !== seen) {
      seen = now;
      all = [...new Set([...values, ...secretsIn(now)])];
    }
    return all;
  };
}

function secretsIn(contents: readonly string[]): string[] {
  return contents.flatMap((content) => [content, ...secretParts(content)]).flatMap(formsOf);
}

/** Ours, git-sync's where it works in this very process, and those whose variables are named. */
function secretFiles(
  settings: Pick<Settings, 'SECRET_ENV'> & Partial<Settings>,
  environment: Environment,
): string[] {
  const { ADMIN_PASSWORD_FILE, SYNC_WEBHOOK_SECRET_FILE } = settings;
  const named = ['GIT_SYNC_PASSWORD_FILE', 'GIT_SYNC_WEBHOOK_SECRET_FILE', 'GIT_SYNC_SSH_KEY_FILE'];
  const files = [...named, ...settings.SECRET_ENV.filter((name) => name.endsWith('_FILE'))];
  const paths = [ADMIN_PASSWORD_FILE, SYNC_WEBHOOK_SECRET_FILE];
  return [...paths, ...files.map((name) => environment[name])].flatMap((path) => path || []);
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

/** Of any variable that holds URLs: databases, proxies, indexes of packages. */
function passwordsInUrls(environment: Environment): string[] {
  return Object.values(environment).flatMap((value = '') =>
    value.includes('://') ? value.split(/\s+/).flatMap((url) => passwordOfUrl(url) ?? []) : [],
  );
}

function databasePassword({ PGPASSWORD = '', PGUSER, PGDATABASE }: Environment): string {
  return PGPASSWORD === PGUSER || PGPASSWORD === PGDATABASE ? '' : PGPASSWORD;
}

function gitSyncSecrets(environment: Environment): string[] {
  return [environment['GIT_SYNC_PASSWORD'] ?? '', environment['GIT_SYNC_WEBHOOK_SECRET'] ?? ''];
}
