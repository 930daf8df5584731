import { defineEvent } from './define-event.ts';
import { durationMs, eventSchema, revision, text } from './fields.ts';

/** What git-sync did, as its status file tells. */
export const syncPublished = defineEvent({
  type: 'sync_published',
  schema: eventSchema('sync_published', {
    revision,
    /** The revision before it; null for the first. */
    previous: revision.nullable(),
    durationMs,
  }),
  storing: { kind: 'single' },
});

export const syncFailed = defineEvent({
  type: 'sync_failed',
  schema: eventSchema('sync_failed', { code: text, reason: text }),
  mask: (event, maskText) => ({ ...event, reason: maskText(event.reason) }),
  storing: { kind: 'single' },
});
