import type { Environment } from '@gitcron/base/environment';
import { createMask, type Mask } from '@gitcron/base/secrets/mask';
import { passwordsInUrls, secretParts } from '@gitcron/base/secrets/secret-parts';
import { secretValues } from '@gitcron/base/secrets/secret-values';
import { withThoseInFiles } from '@gitcron/base/secrets/secrets-in-files';

/**
 * What takes git-sync's own secrets out of its log and its status: a server's answer, a proxy's or a
 * commit may repeat them. What is too short to be masked safely stays visible.
 */
export function createSyncMask(environment: Environment): Mask {
  const { values } = secretValues({
    names: [],
    environment: {},
    own: {},
    found: [...secretsOfSync(environment), ...passwordsInUrls(environment)],
  });
  return createMask(withThoseInFiles(values, secretFilesOfSync(environment)));
}

export function secretsOfSync(environment: Environment): string[] {
  const { GIT_SYNC_PASSWORD = '', GIT_SYNC_WEBHOOK_SECRET = '', GIT_SYNC_REPO = '' } = environment;
  return [GIT_SYNC_PASSWORD, GIT_SYNC_WEBHOOK_SECRET, ...secretParts(GIT_SYNC_REPO)];
}

export function secretFilesOfSync(environment: Environment): string[] {
  const names = ['GIT_SYNC_PASSWORD_FILE', 'GIT_SYNC_WEBHOOK_SECRET_FILE', 'GIT_SYNC_SSH_KEY_FILE'];
  return names.flatMap((name) => environment[name] || []);
}
