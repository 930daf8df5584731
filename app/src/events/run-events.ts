import { z } from 'zod';
import type { OutputStream } from '../api/output.ts';
import type { EpochMs } from '@gitcron/base/clock';
import { defineKeptEvent } from './define-event.ts';
import { count, durationMs, eventSchema, runId, text } from './fields.ts';
import { maskOutcome, outcome } from './outcome.ts';
import {
  maskIdentity,
  maskRun,
  runDescription,
  runIdentity,
  type RunDescription,
  predecessor,
} from './run-description.ts';
import { storeAttempts, storeFinished, storeQueued, storeStarted } from './storing/store-runs.ts';

/** Counted from 1. */
const attempt = z.number().int().positive();
const pid = z.number().int();

const origin = z.object({ owner: z.uuid(), instance: z.uuid(), host: text });

export const runQueued = defineKeptEvent({
  type: 'run_queued',
  told: eventSchema('run_queued', { run: runDescription }),
  schema: eventSchema('run_queued', { run: runDescription, origin }),
  keep: ({ run, ...event }, { origin: of }) => ({ ...event, run: withoutResult(run), origin: of }),
  mask: (event, maskText) => ({ ...event, run: maskRun(event.run, maskText) }),
  storing: { kind: 'life', order: 1, store: storeQueued },
});

/** The run that it follows has it. */
function withoutResult(run: RunDescription): RunDescription {
  return run.after === undefined ? run : { ...run, after: { ...run.after, result: null } };
}

export const attemptStarted = defineKeptEvent({
  type: 'attempt_started',
  told: eventSchema('attempt_started', {
    ...runIdentity.shape,
    /** The run that it follows. */
    after: predecessor.unwrap().pick({ runId: true, job: true }).optional(),
    attempt,
    /** How many there may be. */
    attempts: attempt,
    pid,
  }),
  schema: eventSchema('attempt_started', { runId, attempt, pid }),
  keep: (event) => ({
    type: event.type,
    at: event.at,
    runId: event.runId,
    attempt: event.attempt,
    pid: event.pid,
  }),
  mask: (event, maskText) => ({ ...event, ...maskIdentity(event, maskText) }),
  storing: { kind: 'life', order: 2, store: storeStarted },
});

const attemptEnd = { runId, attempt, outcome };

export const attemptFinished = defineKeptEvent({
  type: 'attempt_finished',
  told: eventSchema('attempt_finished', {
    ...attemptEnd,
    job: text,
    /** Until the next attempt; null when there is none. */
    nextInMs: durationMs.nullable(),
  }),
  schema: eventSchema('attempt_finished', attemptEnd),
  keep: (event) => ({
    type: event.type,
    at: event.at,
    runId: event.runId,
    attempt: event.attempt,
    // The run's own end has both.
    outcome: { ...event.outcome, result: null, error: null },
  }),
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
    ...maskIdentity(event, maskText),
    outcome: maskOutcome(event.outcome, maskText),
  }),
  storing: { kind: 'life', order: 4, store: storeFinished },
});

export type RunFinished = z.output<typeof runFinished.told>;

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
