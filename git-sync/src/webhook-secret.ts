import { CodedError } from './coded-error.ts';
import { readableFile } from './environment.ts';
import { readSecretFile } from './secret-file.ts';

/** With an empty secret anybody can sign, and a short one can be guessed. */
export const LEAST_SECRET_LENGTH = 16;

/** A setting that names a file with a secret that is long enough now. */
export function webhookSecretFile() {
  return readableFile().refine(isLongEnough, {
    error: `expected at least ${LEAST_SECRET_LENGTH} characters in this file`,
  });
}

function isLongEnough(path: string): boolean {
  try {
    readWebhookSecret('GIT_SYNC_WEBHOOK_SECRET_FILE', path);
    return true;
  } catch (error) {
    // A file that cannot be read has been complained about.
    return !(error instanceof CodedError && error.code === 'GITCRON_E_WEBHOOK_SECRET');
  }
}

/**
 * Reads the secret at the moment it is needed.
 *
 * @throws CodedError GITCRON_E_WEBHOOK_SECRET when the file was emptied or cut since the start,
 *   GITCRON_E_SECRET_FILE when it cannot be read.
 */
export function readWebhookSecret(setting: string, path: string): string {
  const secret = readSecretFile(setting, path).trim();
  if (secret.length >= LEAST_SECRET_LENGTH) return secret;
  throw new CodedError(
    'GITCRON_E_WEBHOOK_SECRET',
    `The secret in the file of ${setting} is empty or too short. No webhook is accepted.`,
    {
      place: path,
      hint: `Put a secret of at least ${LEAST_SECRET_LENGTH} characters into it, and the same one into your Git host. It is read at each use, so no restart is needed.`,
    },
  );
}
