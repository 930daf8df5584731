import { setTimeout as pause } from 'node:timers/promises';
import { firstOf, PLAN_LIMITS } from './api/plan.ts';
import type { Settings } from './config/settings.ts';
import type { PlanEvent } from './events.ts';
import { errorFields } from '@gitcron/base/error-fields';
import type { Logger } from '@gitcron/base/log';
import { installedPackages } from './release/installed-packages.ts';
import type { Release } from './release/release.ts';
import { planJobs } from './schedule/plan-jobs.ts';
import type { Job } from './schedule/job.ts';
import { changesBeside } from './sync/changes.ts';
import { shortRevision, type Source } from './sync/revision.ts';

/** git-sync looks for history after it has published, and gives it up after a while. */
const PATIENCE_MS = 120_000;
/** Then twice as long each time: some revisions never get any. */
const FIRST_WAIT_MS = 500;
/** So many revisions behind the one before are told again; their changes are kept once. */
const MOST_PASSED_OVER = 10;

export interface ConnectPlansOptions {
  readonly settings: Pick<Settings, 'SOURCE_DIR' | 'CRON_FILE'>;
  readonly logger: Logger;
  readonly emit: (event: PlanEvent) => void;
}

/** Remembers what each release planned. Nothing waits for it. */
export interface ConnectedPlans {
  activated(release: Release, jobs: readonly Job[]): void;
  stop(): Promise<void>;
}

export function connectPlans(options: ConnectPlansOptions): ConnectedPlans {
  const { settings, logger, emit } = options;
  const source = { directory: settings.SOURCE_DIR, cronFile: settings.CRON_FILE };
  const stopping = new AbortController();
  const telling = new Set<Promise<void>>();

  const tell = async (release: Release, jobs: readonly Job[]): Promise<void> => {
    const { revision } = release.name;
    const packages = await installedPackages(release);
    emit({
      type: 'release_planned',
      at: Date.now(),
      revision,
      jobs: firstOf(planJobs(jobs), PLAN_LIMITS.jobs),
      packages: firstOf(packages, PLAN_LIMITS.packages),
    });
    const changes = await untilChanges(source, revision, stopping.signal);
    if (changes === null) return;
    emit({ type: 'changes_learned', at: Date.now(), revision, changes });
    await tellPassedOver(changes.from);
  };

  /** What became no release, such as a rejected commit, is on the way from one release to the next. */
  const tellPassedOver = async (newest: string): Promise<void> => {
    let revision = newest;
    for (let steps = 0; steps < MOST_PASSED_OVER; steps += 1) {
      const changes = await changesBeside(source, revision);
      if (changes === null) return;
      emit({ type: 'changes_learned', at: Date.now(), revision, changes });
      revision = changes.from;
    }
  };

  return {
    activated(release, jobs) {
      const told = tell(release, jobs)
        .catch((error: unknown) =>
          logger.warn(
            errorFields(error),
            `What release ${shortRevision(release.name.revision)} planned could not be remembered; its jobs run all the same.`,
          ),
        )
        .finally(() => telling.delete(told));
      telling.add(told);
    },
    async stop() {
      stopping.abort();
      await Promise.all(telling);
    },
  };
}

async function untilChanges(source: Source, revision: string, signal: AbortSignal) {
  // A plain directory has no history.
  if (revision.startsWith('dir-')) return null;
  const giveUpAt = performance.now() + PATIENCE_MS;
  for (let waitMs = FIRST_WAIT_MS; !signal.aborted; waitMs *= 2) {
    const changes = await changesBeside(source, revision);
    if (changes !== null || performance.now() > giveUpAt) return changes;
    await pause(waitMs, undefined, { signal }).catch(() => {});
  }
  return null;
}
