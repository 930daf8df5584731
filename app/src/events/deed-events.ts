import { z } from 'zod';
import { defineEvent, type MaskText } from './define-event.ts';
import { count, eventSchema, revision, runId, text } from './fields.ts';

/** Who did it: `administrator`, `token deploy`, `command line`. */
const by = text;

const job = text;

/** What somebody did, told once it is done. `http` tells. */
export const jobSwitched = defineEvent({
  type: 'job_switched',
  schema: eventSchema('job_switched', {
    by,
    job,
    /** Null: the crontab decides again. */
    enabled: z.boolean().nullable(),
  }),
  mask: maskAuthor,
  storing: { kind: 'single' },
});

export const failureAcknowledged = defineEvent({
  type: 'failure_acknowledged',
  schema: eventSchema('failure_acknowledged', { by, job, runId }),
  mask: maskAuthor,
  storing: { kind: 'single' },
});

/** The run's own end tells what became of it. */
export const cancelRequested = defineEvent({
  type: 'cancel_requested',
  schema: eventSchema('cancel_requested', { by, job, runId }),
  mask: maskAuthor,
  storing: { kind: 'single' },
});

export const rolledBack = defineEvent({
  type: 'rolled_back',
  schema: eventSchema('rolled_back', { by, revision }),
  mask: maskAuthor,
  storing: { kind: 'single' },
});

const token = { tokenId: text, name: text };

export const tokenCreated = defineEvent({
  type: 'token_created',
  schema: eventSchema('token_created', { by, ...token, scopes: z.array(text).readonly() }),
  mask: maskToken,
  storing: { kind: 'single' },
});

export const tokenRevoked = defineEvent({
  type: 'token_revoked',
  schema: eventSchema('token_revoked', { by, ...token }),
  mask: maskToken,
  storing: { kind: 'single' },
});

/** Those who gave a wrong password are told in the log alone: strangers must not fill history. */
export const loggedIn = defineEvent({
  type: 'logged_in',
  schema: eventSchema('logged_in', { by, /** An address. */ from: text }),
  mask: maskAuthor,
  storing: { kind: 'single' },
});

export const loggedOut = defineEvent({
  type: 'logged_out',
  schema: eventSchema('logged_out', { by }),
  mask: maskAuthor,
  storing: { kind: 'single' },
});

export const historyCleaned = defineEvent({
  type: 'history_cleaned',
  schema: eventSchema('history_cleaned', { by, runs: count, outputs: count, bytes: count }),
  mask: maskAuthor,
  storing: { kind: 'single' },
});

function maskAuthor<Deed extends { by: string }>(deed: Deed, maskText: MaskText): Deed {
  return { ...deed, by: maskText(deed.by) };
}

function maskToken<Deed extends { by: string; name: string }>(
  deed: Deed,
  maskText: MaskText,
): Deed {
  return { ...maskAuthor(deed, maskText), name: maskText(deed.name) };
}
