import { join } from 'node:path';
import { installEnvironment, jobEnvironment } from './config/job-environment.ts';
import type { Environment } from '@gitcron/base/environment';
import type { Settings } from './config/settings.ts';
import type { ReleaseEvent } from './events.ts';
import type { Logger } from '@gitcron/base/log';
import { CACHE_LIMIT_MIB } from './release/dependencies/download-cache.ts';
import { SourceFollower } from './release/follow-source.ts';
import type { Release } from './release/release.ts';
import type { StateVolume } from './release/state-volume.ts';
import { BACK_OFF } from './release/next-try.ts';
import type { ActiveRelease } from './run/runner.ts';
import type { CrontabContent } from './schedule/crontab/read-jobs.ts';
import type { Job } from './schedule/job.ts';
import type { ScheduleAndRun } from './schedule-and-run.ts';

interface ConnectReleaseOptions {
  readonly settings: Settings;
  readonly environment: Environment;
  readonly volume: StateVolume;
  readonly logger: Logger;
  readonly emit: (event: ReleaseEvent) => void;
  /** Says whether a crontab is right, and takes it when its release becomes current. */
  readonly work: ScheduleAndRun;
  /** @param jobs of its crontab, as that says them. */
  readonly onActivated: (release: Release, jobs: readonly Job[]) => void;
}

/** The room that makes releases of commits; `start` sets it going. */
export function connectRelease(options: ConnectReleaseOptions): SourceFollower<CrontabContent> {
  const { settings, environment, volume, logger, emit, work, onActivated } = options;
  const { INSTALL_CACHE: directory } = settings;
  /** A crontab that says the same as the one before is not handed over again. */
  let jobs: readonly Job[] = [];
  return new SourceFollower({
    volume,
    sourceDirectory: settings.SOURCE_DIR,
    packageFile: settings.PACKAGE_FILE,
    cronFile: settings.CRON_FILE,
    pollMs: settings.POLL_SEC * 1000,
    keep: settings.KEEP_RELEASES,
    backOff: BACK_OFF,
    install: {
      environment: installEnvironment(environment),
      user: settings.INSTALL_USER,
      cache: directory === undefined ? undefined : { directory, limitMib: CACHE_LIMIT_MIB },
      timeoutMs: settings.INSTALL_TIMEOUT * 1000,
      logger,
    },
    logger,
    now: () => Date.now(),
    emit,
    revisionsInUse: () => work.runner.inUse(),
    parseCrontab: ({ path, bytes }) => work.parse(path, bytes),
    jobEnvironment: jobEnvironment(environment),
    onActivated(release, crontab) {
      if (crontab !== null) {
        jobs = crontab.jobs;
        work.putInForce('repository', crontab);
      }
      work.runner.releaseChanged();
      onActivated(release, jobs);
    },
    onWithdrawn() {
      work.putNothingInForce();
      work.runner.endWaiting('repository', 'the change of repository');
      work.runner.releaseChanged();
    },
  });
}

/** A release as the room that runs jobs needs it. */
export function activeRelease(release: Release | null): ActiveRelease | null {
  if (release === null) return null;
  const { name, directory, description } = release;
  return { name, directory, binPaths: description.binaries.map((path) => join(directory, path)) };
}
