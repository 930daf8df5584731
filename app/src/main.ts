import { startHeartbeatFile, type HeartbeatFile } from './state/heartbeat-file.ts';
import { systemClock } from '@gitcron/base/clock';
import { jobEnvironment, systemJobEnvironment } from './config/job-environment.ts';
import type { Environment } from '@gitcron/base/environment';
import type { Settings } from './config/settings.ts';
import { connectHttp } from './connect-http.ts';
import { connectPlans } from './connect-plans.ts';
import { connectRecord } from './connect-record.ts';
import { activeRelease, connectRelease } from './connect-release.ts';
import { connectScriptsLogin } from './connect-scripts-login.ts';
import { maskEvent, type RecordedEvent } from './events.ts';
import { tellObservers } from './events/tell-observers.ts';
import type { SyncLook } from './api/sync.ts';
import type { JobSource } from './events/job-source.ts';
import type { Log } from '@gitcron/base/log';
import { watchClock } from './record/watch-clock.ts';
import { storable } from './events/storing/storable.ts';
import { askForSync } from './sync/ask-for-sync.ts';
import { createStateVolume, stateVolume } from './release/state-volume.ts';
import { watchSyncStatus } from './sync/sync-status.ts';
import type { Workplace } from './run/workplace.ts';
import { connectScheduleAndRun } from './schedule-and-run.ts';
import { logRuns } from './run/log-runs.ts';
import { createSecretMask } from './secrets/secret-mask.ts';
import { takeSupervisorLock } from './state/supervisor-lock.ts';

export interface SupervisorOptions {
  readonly settings: Settings;
  readonly environment: Environment;
  /** Names of settings that whoever starts it decided; default: none. */
  readonly byStart?: ReadonlySet<string>;
  readonly log: Log;
  /** Looks for a new commit at once, where git-sync works in this very process. */
  readonly syncNow?: () => Promise<SyncLook>;
}

/** A supervisor at work. */
export interface Supervisor {
  /** Looks at the source at once (SIGHUP). */
  reload(): void;
  /** Starts nothing more, ends what runs, writes what has to be kept. */
  stop(): Promise<void>;
  /** Ends what runs without waiting for its grace. */
  kill(): void;
}

/** Connects the rooms: sync → release → schedule → run → record → report. */
export async function startSupervisor(options: SupervisorOptions): Promise<Supervisor> {
  const { settings, environment, byStart = new Set(), log } = options;
  const logger = log.logger.child({ room: 'release' });
  const volume = stateVolume(settings.STATE_DIR);
  const mask = createSecretMask(settings, environment);
  log.maskWith(mask.text);

  await createStateVolume(volume);
  // Given back in the other order: by `stop`, or here when the start fails.
  await using parts = new AsyncDisposableStack();
  const lock = await takeSupervisorLock(volume.root);
  parts.defer(() => lock.release());
  const record = connectRecord({
    settings,
    stateDirectory: volume.root,
    logger: log.logger.child({ room: 'record' }),
  });
  parts.defer(() => record.stop());
  const http = connectHttp({
    settings,
    environment,
    byStart,
    logger: log.logger,
    volume,
    maskText: mask.text,
    keptOutput: (runId) => record.keptOutput(runId),
  });
  // Runs end before: whoever follows one sees its end, and the record takes it.
  parts.defer(() => http.stop());
  const tell = tellObservers<RecordedEvent>({
    // The record first: the others show what it keeps of the output.
    observers: [record.observer, logRuns(log.logger), ...http.observers],
    // Such as can be stored, too: memory and database tell the same.
    mask: (event) => maskEvent(event, (text) => storable(mask.text(text))),
    logger,
  });
  const lookAtClock = watchClock(systemClock, (at) => tell({ type: 'clock_set_back', at }));
  const emit = (event: RecordedEvent): void => {
    lookAtClock(event.type === 'run_queued' ? event.at : undefined);
    tell(event);
  };
  // Before the first event: that a predecessor's run is lost.
  record.start();
  const forSystem = systemJobEnvironment(environment);
  const scriptsLogin = connectScriptsLogin({
    databaseUrl: settings.GITCRON_DATABASE_URL,
    jobEnvironment: jobEnvironment(environment, settings.JOB_USER),
    logger: log.logger.child({ room: 'record' }),
  });
  parts.defer(() => scriptsLogin.stop());
  const workplaces: Readonly<Record<JobSource, Workplace>> = {
    repository: {
      runAs: settings.JOB_USER ?? null,
      environment: () => scriptsLogin.jobEnvironment(),
      directory: volume.root,
      release: () => activeRelease(follower.current),
    },
    // Its jobs are our own commands: with our rights and our settings, and with no code of the repository.
    system: {
      runAs: null,
      environment: () => forSystem,
      directory: volume.root,
      release: () => null,
    },
  };
  const work = await connectScheduleAndRun({
    settings,
    workplaceOf: (source) => workplaces[source],
    log,
    stateDirectory: volume.root,
    emit,
    outputTransform: mask.transform,
    isJobUserOurs: true,
    crontabHint: 'Mend it and push again; gitcron check says the same before you push.',
  });
  parts.defer(() => work.stop());
  // What was found of a predecessor's runs is told: the rest of them is lost.
  record.tellLost(emit);
  const plans = connectPlans({ settings, logger, emit });
  parts.defer(() => plans.stop());
  let heartbeat: HeartbeatFile | null = null;
  const follower = connectRelease({
    settings,
    environment,
    volume,
    logger,
    emit,
    work,
    onActivated(release, jobs) {
      heartbeat?.beat();
      plans.activated(release, jobs);
    },
  });
  parts.defer(() => follower.stop());
  const syncWatch = watchSyncStatus({
    sourceDirectory: settings.SOURCE_DIR,
    everyMs: settings.POLL_SEC * 1000,
    now: () => Date.now(),
    emit,
  });
  parts.defer(() => syncWatch.stop());

  await scriptsLogin.start();
  await follower.resume();
  const { syncNow = () => syncByWebhook(settings) } = options;
  // A port that is taken ends the start, which is no time to install anything.
  await http.start({
    work,
    follower,
    record: record.room,
    lockedOut: () => scriptsLogin.lockedOut(),
    stateUnwritten: () => heartbeat?.unwritten() ?? null,
    lock,
    emit,
    syncNow,
  });
  await follower.start();
  work.start();
  // Ahead of the follower, which may have to wait for an install: nothing starts any more.
  parts.defer(() => work.scheduler.stop());
  const started = startHeartbeatFile(volume.heartbeat, logger, () => ({
    revision: follower.current?.name.revision ?? null,
    beating: work.scheduler.health().beating,
  }));
  heartbeat = started;
  parts.defer(() => started.stop());

  const running = parts.move();
  return {
    reload: () => follower.look(),
    kill: () => work.runner.kill(),
    stop: () => running.disposeAsync(),
  };
}

async function syncByWebhook(settings: Settings): Promise<SyncLook> {
  await askForSync({
    url: settings.SYNC_WEBHOOK_URL,
    secret: settings.SYNC_WEBHOOK_SECRET,
    secretFile: settings.SYNC_WEBHOOK_SECRET_FILE,
  });
  return { result: 'requested', revision: null };
}
