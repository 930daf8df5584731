import { createHmac } from 'node:crypto';
import { readWebhookSecret } from '@gitcron/base/webhook-secret';
import { CodedError } from '@gitcron/base/coded-error';

/** Where and how git-sync takes a webhook. */
export interface SyncWebhook {
  readonly url: string | undefined;
  readonly secret: string | undefined;
  readonly secretFile: string | undefined;
}

const PATIENCE_MS = 10_000;

/**
 * Tells git-sync to look at the remote now, as a Git host would: with a signed webhook.
 * @throws CodedError GITCRON_E_NO_SYNC_WEBHOOK, GITCRON_E_SYNC_WEBHOOK, or what is wrong with the secret's file
 */
export async function askForSync({ url, secret, secretFile }: SyncWebhook): Promise<void> {
  const key =
    secretFile === undefined ? secret : readWebhookSecret('SYNC_WEBHOOK_SECRET_FILE', secretFile);
  if (url === undefined || key === undefined) throw noWebhook();
  const body = '{}';
  const signature = createHmac('sha256', key).update(body).digest('hex');
  let status: number;
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-hub-signature-256': `sha256=${signature}` },
      body,
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    status = answer.status;
  } catch (cause) {
    throw failure('git-sync does not answer.', url, { cause });
  }
  if (status !== 202) throw failure(`git-sync answered ${status} to the webhook.`, url);
}

function noWebhook(): CodedError {
  return new CodedError('GITCRON_E_NO_SYNC_WEBHOOK', 'It is not known how to reach git-sync.', {
    place: 'SYNC_WEBHOOK_SECRET',
    hint: 'Set it to the same secret as GIT_SYNC_WEBHOOK_SECRET. Outside of the stack set SYNC_WEBHOOK_URL, too: http://HOST:PORT/webhook, with the GIT_SYNC_WEBHOOK_PORT of git-sync. It looks by itself every GIT_SYNC_WAIT seconds.',
  });
}

function failure(sentence: string, url: string, details: { cause?: unknown } = {}): CodedError {
  return new CodedError('GITCRON_E_SYNC_WEBHOOK', sentence, {
    place: url,
    hint: 'GIT_SYNC_WEBHOOK_SECRET and SYNC_WEBHOOK_SECRET have to be set, and the same; outside of the stack, SYNC_WEBHOOK_URL has to lead to the GIT_SYNC_WEBHOOK_PORT of git-sync. It looks by itself every GIT_SYNC_WAIT seconds.',
    ...details,
  });
}
