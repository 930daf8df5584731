import { v7 as uuidv7 } from 'uuid';
import type { RunDescription } from '../events.ts';
import type { Job, Slot } from '../schedule/job.ts';
import type { ActiveRelease } from './run-environment.ts';

/** Why there is a run. */
export type RunCause = Pick<RunDescription, 'trigger' | 'requestedBy' | 'scheduledAt' | 'params'>;

export function causeOf({ trigger, at }: Slot): RunCause {
  return { trigger, requestedBy: null, scheduledAt: at, params: null };
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
