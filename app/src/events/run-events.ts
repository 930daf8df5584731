import { z } from 'zod';
import type { OutputStream } from '../api/output.ts';
import type { EpochMs } from '@gitcron/base/clock';
import { defineEvent, defineKeptEvent } from './define-event.ts';
import { count, eventSchema, runId, text } from './fields.ts';
import { maskOutcome, outcome } from './outcome.ts';
import { maskRelease } from './release-name.ts';
import { maskRun, runDescription, runIdentity } from './run-description.ts';
import { storeAttempts, storeFinished, storeQueued, storeStarted } from './storing/store-runs.ts';

/** Counted from 1. */
const attempt = z.number().int().positive();

const origin = z.object({ owner: z.uuid(), instance: z.uuid(), host: text });

export const runQueued = defineKeptEvent({
  type: 'run_queued',
  told: eventSchema('run_queued', { run: runDescription }),
  schema: eventSchema('run_queued', { run: runDescription, origin }),
  keep: (event, keeping) => ({ ...event, origin: keeping.origin }),
  mask: (event, maskText) => ({ ...event, run: maskRun(event.run, maskText) }),
  storing: { kind: 'life', order: 1, store: storeQueued },
});

export const attemptStarted = defineEvent({
  type: 'attempt_started',
  schema: eventSchema('attempt_started', { runId, attempt, pid: z.number().int() }),
  storing: { kind: 'life', order: 2, store: storeStarted },
});

const ended = eventSchema('attempt_finished', { runId, attempt, outcome });

export const attemptFinished = defineKeptEvent({
  type: 'attempt_finished',
  told: ended,
  schema: ended,
  // The run's own end has them.
  keep: (event) => ({ ...event, outcome: { ...event.outcome, result: null, error: null } }),
  mask: (event, maskText) => ({ ...event, outcome: maskOutcome(event.outcome, maskText) }),
  storing: { kind: 'life', order: 3, store: storeAttempts },
});

export const runFinished = defineKeptEvent({
  type: 'run_finished',
  told: eventSchema('run_finished', {
    ...runIdentity.shape,
    /** How many were made: 0 for a run that never had its turn. */
    attempts: count,
    outcome,
  }),
  // The rest stands in the entry of its beginning.
  schema: eventSchema('run_finished', { runId, outcome, outputOmittedBytes: count }),
  keep: (event, { outputOmittedBytes }) => ({
    type: event.type,
    at: event.at,
    runId: event.runId,
    outcome: event.outcome,
    outputOmittedBytes,
  }),
  mask: (event, maskText) => ({
    ...event,
    requestedBy: event.requestedBy && maskText(event.requestedBy),
    release: event.release && maskRelease(event.release, maskText),
    outcome: maskOutcome(event.outcome, maskText),
  }),
  storing: { kind: 'life', order: 4, store: storeFinished },
});

/**
 * A piece of what a run wrote. It has a journal of its own, because output is the first to go when
 * there is no room, and it was masked where it came in.
 */
export interface OutputEvent {
  readonly type: 'output';
  readonly at: EpochMs;
  readonly runId: string;
  readonly attempt: number;
  readonly stream: OutputStream;
  /** As read from the pipe, so possibly ending in the middle of a line or a character. */
  readonly bytes: Buffer;
}
