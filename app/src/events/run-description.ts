import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { FINAL_STATUSES, TRIGGERS } from '../api/run.ts';
import type { MaskText } from './define-event.ts';
import { at, runId, text } from './fields.ts';
import { maskParams } from './mask-params.ts';
import { maskRelease, releaseName } from './release-name.ts';

/** The end of a run that another one follows. */
export const predecessor = z
  .object({ runId, job: text, status: z.enum(FINAL_STATUSES), result: text.nullable() })
  .readonly();
export type Predecessor = z.output<typeof predecessor>;

/** What is known of a run before it starts. */
export const runDescription = z
  .object({
    runId,
    /** The job's slug. */
    job: text,
    command: text,
    trigger: z.enum(TRIGGERS),
    /** Who asked, for a run that no schedule started. */
    requestedBy: text.nullable(),
    /**
     * What it was started with; the script finds it in `GITCRON_PARAMS`. Null: nothing.
     * Entries of older versions have none.
     */
    params: z.record(text, z.unknown()).nullable().default(null),
    /** Whether secrets were taken out of `params`; not said: nobody has looked. */
    paramsMasked: z.boolean().optional(),
    /** The slot; null for a run that no schedule planned. */
    scheduledAt: at.nullable(),
    /** Null when a plain crontab is run without a repository. */
    release: releaseName.nullable(),
    /** The run that it follows; left out where it follows none. */
    after: predecessor.optional(),
    /** Nothing follows it, whatever the crontab says. */
    alone: z.boolean().optional(),
  })
  .readonly();
export type RunDescription = z.output<typeof runDescription>;

/** As much of it as everybody is told again when it is over. */
export const runIdentity = runDescription.unwrap().pick({
  runId: true,
  job: true,
  trigger: true,
  requestedBy: true,
  scheduledAt: true,
  release: true,
});
export type RunIdentity = z.output<typeof runIdentity>;

export function identityOf(run: RunIdentity): RunIdentity {
  const { runId: id, job, trigger, requestedBy, scheduledAt, release } = run;
  return { runId: id, job, trigger, requestedBy, scheduledAt, release };
}

export function maskIdentity(
  { requestedBy, release }: Pick<RunIdentity, 'requestedBy' | 'release'>,
  maskText: MaskText,
) {
  return {
    requestedBy: requestedBy && maskText(requestedBy),
    release: release && maskRelease(release, maskText),
  };
}

export function maskRun(run: RunDescription, maskText: MaskText): RunDescription {
  const { command, params } = run;
  const masked = maskParams(params, maskText);
  return {
    ...run,
    command: maskText(command),
    ...maskIdentity(run, maskText),
    params: masked,
    paramsMasked: !isDeepStrictEqual(masked, params),
    ...(run.after && { after: maskPredecessor(run.after, maskText) }),
  };
}

function maskPredecessor(after: Predecessor, maskText: MaskText): Predecessor {
  return { ...after, result: after.result && maskText(after.result) };
}
