import { setTimeout } from 'node:timers/promises';
import type { RunnableRelease } from './crontab-file.ts';
import type { Outlook } from './dependencies/dependency-manager.ts';
import { outlookOf } from './failure.ts';
import { waitBeforeNextTry, type BackOff } from './next-try.ts';
import { prepareRelease, type PrepareOptions } from './prepare.ts';
import { Rejection, type RejectionConsequences } from './rejection.ts';
import { quoted, shortRevision, type Revision } from '../sync/revision.ts';

export interface TakeOptions<Content> extends PrepareOptions<Content> {
  readonly backOff: BackOff;
}

/** What happens to a revision besides being prepared. */
export interface Consequences<Content> extends RejectionConsequences {
  readonly activate: (release: RunnableRelease<Content>) => Promise<void>;
}

/**
 * Prepares a revision and activates it, again and again while what is in its way may pass
 * by itself. When it is rejected, the reason has been told, and only a new revision helps.
 *
 * @returns whether it is current now.
 * @throws the signal's reason when a newer decision takes its place.
 */
export async function takeRevision<Content>(
  revision: Revision,
  consequences: Consequences<Content>,
  options: TakeOptions<Content>,
  signal: AbortSignal,
): Promise<boolean> {
  const { logger, emit, now } = options;
  const by = revision.author === '' ? '' : ` by ${revision.author}`;
  logger.info(
    { revision: revision.id },
    `New revision ${shortRevision(revision.id)}${quoted(revision.subject)}${by}.`,
  );
  emit({ type: 'revision_noticed', at: now(), revision: revision.id });
  const rejection = new Rejection(revision, consequences, options);
  const failures: Outlook[] = [];
  for (;;) {
    try {
      const release = await prepareRelease(revision, options, signal);
      signal.throwIfAborted();
      await consequences.activate(release);
      return true;
    } catch (error) {
      signal.throwIfAborted();
      failures.push(outlookOf(error));
      const waitMs = waitBeforeNextTry(failures, options.backOff);
      if (waitMs === null) {
        rejection.forGood(error, failures.length);
        return false;
      }
      const jitteredMs = Math.round(waitMs * (1 + Math.random() / 2));
      rejection.forNow(error, failures.length, jitteredMs);
      await setTimeout(jitteredMs, undefined, { signal });
    }
  }
}
