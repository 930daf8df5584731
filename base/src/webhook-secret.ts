import { CodedError } from './coded-error.ts';
import { readSecretFile } from './secret-file.ts';

/** With an empty secret anybody can sign, and a short one can be guessed. */
export const LEAST_SECRET_LENGTH = 16;

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
