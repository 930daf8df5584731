import type { Settings } from './config/settings.ts';
import type { RollbackPreview } from './api/release-diff.ts';
import { diffJobs } from './http/views/release-diff.ts';
import { sayPreview } from './http/views/rollback-preview.ts';
import type { FileContent } from './release/content-hash.ts';
import { withCrontab } from './release/crontab-file.ts';
import { isInstalled } from './release/dependencies/dependency-set.ts';
import { findTarget } from './release/rollback.ts';
import type { Release } from './release/release.ts';
import type { StateVolume } from './release/state-volume.ts';
import { planJobs } from './schedule/plan-jobs.ts';
import type { ScheduleAndRun } from './schedule-and-run.ts';
import { maskPlannedJob } from './events/plan-events.ts';
import { maskRelease } from './events/release-name.ts';

export interface PreviewOptions {
  readonly settings: Pick<Settings, 'CRON_FILE'>;
  readonly volume: StateVolume;
  readonly work: Pick<ScheduleAndRun, 'parse' | 'runner'>;
  readonly maskText: (text: string) => string;
}

/**
 * What a rollback would do now; it does nothing.
 * @param prefix see `pinRelease`.
 * @throws CodedError GITCRON_E_NO_RELEASE; what is wrong with its crontab.
 */
export async function previewRollback(
  prefix: string | null,
  current: Release | null,
  { settings, volume, work, maskText }: PreviewOptions,
): Promise<RollbackPreview> {
  const target = await findTarget(volume, prefix);
  const parseCrontab = ({ path, bytes }: FileContent) => work.parse(path, bytes);
  const jobsOf = async (release: Release) => {
    const options = { cronFile: settings.CRON_FILE, parseCrontab };
    const { crontab } = await withCrontab(release, options);
    return planJobs(crontab.content.jobs);
  };
  const planOf = async (release: Release | null) =>
    release === null ? [] : (await jobsOf(release)).map((job) => maskPlannedJob(job, maskText));
  const [from, to] = [await planOf(current), await planOf(target)];
  const sets = target.description.dependencySets.map((hash) => isInstalled(volume, hash));
  const active = await work.runner.active();
  const preview = {
    from: current && nameOf(current, maskText),
    to: nameOf(target, maskText),
    jobs: diffJobs(from, to),
    dependenciesThere: (await Promise.all(sets)).every(Boolean),
    runsGoingOn: active
      .filter(({ status, run }) => status === 'running' && run.release !== null)
      .filter(({ run }) => run.release?.revision !== target.name.revision)
      .map(({ run: { runId, job } }) => ({ runId, job })),
  };
  return { ...preview, sentence: sayPreview(preview) };
}

function nameOf({ name }: Release, maskText: (text: string) => string) {
  const { revision, subject, author } = maskRelease(name, maskText);
  return { revision, subject, author };
}
