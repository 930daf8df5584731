import { v7 as uuidv7 } from 'uuid';
import type { RunDescription } from '../events.ts';
import type { FollowUp, Job, Slot } from '../schedule/job.ts';
import { defaultParams } from '../schedule/params.ts';
import type { ActiveRelease } from './run-environment.ts';
import type { QueueEntry } from './run-queue.ts';

/** Why there is a run. */
export type RunCause = Pick<
  RunDescription,
  'trigger' | 'requestedBy' | 'scheduledAt' | 'params' | 'after' | 'alone'
>;

export function causeOf({ job, trigger, at }: Slot): RunCause {
  return { trigger, requestedBy: null, scheduledAt: at, params: defaultParams(job) };
}

export function causeOfFollowUp({ job, trigger, after }: FollowUp): RunCause {
  return { trigger, requestedBy: null, scheduledAt: null, params: defaultParams(job), after };
}

/** What is known of a run before it begins. */
export function describeRun(
  job: Job,
  release: ActiveRelease | null,
  cause: RunCause,
): RunDescription {
  const name = release?.name ?? null;
  return { runId: uuidv7(), job: job.slug, command: job.command, release: name, ...cause };
}

/** As the queue knows it. */
export function entryOf(
  run: RunDescription,
  { settings }: Job,
  now: number,
  isCatchingUp: boolean,
): QueueEntry {
  // Slots that are made up for take their turns: `skip` would drop all but the first. A slot that
  // comes on time while they do must not be the one that is lost.
  const isMadeUpFor = run.trigger === 'catch_up' || (run.trigger === 'schedule' && isCatchingUp);
  return {
    runId: run.runId,
    job: run.job,
    overlap: isMadeUpFor && settings.overlap === 'skip' ? 'queue' : settings.overlap,
    lock: settings.lock,
    due: run.scheduledAt ?? now,
  };
}
