import { z } from 'zod';
import { ROLES } from '../api/session.ts';
import { defineEvent, type MaskText } from './define-event.ts';
import { count, eventSchema, revision, runId, text } from './fields.ts';

/** Who did it: `administrator`, `user ann`, `token deploy`, `command line`. */
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
  mask: maskNamed,
  storing: { kind: 'single' },
});

export const tokenRevoked = defineEvent({
  type: 'token_revoked',
  schema: eventSchema('token_revoked', { by, ...token }),
  mask: maskNamed,
  storing: { kind: 'single' },
});

/** Those who gave a wrong password are told in the log alone: strangers must not fill history. */
export const loggedIn = defineEvent({
  type: 'logged_in',
  schema: eventSchema('logged_in', {
    by,
    /** An address. */
    from: text,
    // Absent in those from before there were others than the administrator.
    role: z.enum(ROLES).optional(),
    via: z.enum(['password', 'oidc']).optional(),
    /** Whom the identity provider means: `by` is a name, and names change. */
    subject: text.optional(),
  }),
  mask: maskAuthor,
  storing: { kind: 'single' },
});

export const loggedOut = defineEvent({
  type: 'logged_out',
  schema: eventSchema('logged_out', { by }),
  mask: maskAuthor,
  storing: { kind: 'single' },
});

/** Somebody ended a log-in, of another or of their own. */
export const sessionEnded = defineEvent({
  type: 'session_ended',
  schema: eventSchema('session_ended', { by, sessionId: text, /** Whose it was. */ name: text }),
  mask: maskNamed,
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

function maskNamed<Deed extends { by: string; name: string }>(
  deed: Deed,
  maskText: MaskText,
): Deed {
  return { ...maskAuthor(deed, maskText), name: maskText(deed.name) };
}
