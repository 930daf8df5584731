import { z } from 'zod';
import { defineEvent, defineKeptEvent } from './define-event.ts';
import { durationMs, eventSchema, revision, text } from './fields.ts';
import { maskRelease, releaseName } from './release-name.ts';
import { activateRelease } from './storing/activate-release.ts';
import { noticeRevision, rejectRevision } from './storing/store-revision.ts';

/** Why a release became current. */
const ACTIVATION_REASONS = ['new revision', 'rollback', 'start'] as const;

export const revisionNoticed = defineEvent({
  type: 'revision_noticed',
  schema: eventSchema('revision_noticed', { revision }),
  storing: { kind: 'single', store: noticeRevision },
});

export const dependenciesInstalled = defineEvent({
  type: 'dependencies_installed',
  schema: eventSchema('dependencies_installed', { revision, dependencyHash: text, durationMs }),
  storing: { kind: 'single' },
});

const activated = { release: releaseName, reason: z.enum(ACTIVATION_REASONS) };

export const releaseActivated = defineKeptEvent({
  type: 'release_activated',
  told: eventSchema('release_activated', activated),
  // Entries of older versions do not say whose release it is.
  schema: eventSchema('release_activated', { ...activated, owner: z.uuid().optional() }),
  keep: (event, { origin }) => ({ ...event, owner: origin.owner }),
  mask: (event, maskText) => ({ ...event, release: maskRelease(event.release, maskText) }),
  storing: { kind: 'single', store: activateRelease },
});

export const revisionRejected = defineEvent({
  type: 'revision_rejected',
  schema: eventSchema('revision_rejected', {
    revision,
    code: text,
    reason: text,
    /** Entries of older versions have none of these three. */
    place: text.nullable().default(null),
    hint: text.nullable().default(null),
    /** Of an install that failed: the first and the last lines of what it wrote. */
    output: z.array(text).readonly().default([]),
    /** True when it will be tried again without a new revision. */
    willRetry: z.boolean(),
  }),
  mask(event, maskText) {
    const { reason, place, hint, output } = event;
    return {
      ...event,
      reason: maskText(reason),
      place: place && maskText(place),
      hint: hint && maskText(hint),
      output: output.map((line) => maskText(line)),
    };
  },
  storing: { kind: 'single', store: rejectRevision },
});
