import { join } from 'node:path';
import { systemClock } from '@gitcron/base/clock';
import { endProcessesOf } from './processes/end-user-processes.ts';
import type { Settings } from './config/settings.ts';
import type { OutputTransform } from '@gitcron/base/secrets/mask';
import type { JobSource, RunEvent, ScheduleEvent, SlotEvent } from './events.ts';
import { openJobSwitches, type JobSwitches } from './schedule/job-switches.ts';
import { errorFields } from '@gitcron/base/error-fields';
import type { Log } from '@gitcron/base/log';
import { describeJobs } from './record/describe-jobs.ts';
import { recover } from './run/recover.ts';
import { createRunner, type Runner } from './run/runner.ts';
import type { WorkplaceOf } from './run/workplace.ts';
import { newWarnings } from './schedule/crontab/new-warnings.ts';
import { warningSentence } from './schedule/crontab/problem.ts';
import { readJobs, type CrontabContent } from './schedule/crontab/read-jobs.ts';
import { openFollowNotes } from './schedule/following/follow-notes.ts';
import { createFollowing } from './schedule/following/following.ts';
import { openHandledSlots } from './schedule/handled-slots.ts';
import { sourceOf } from './events/job-source.ts';
import { reloadSentence } from './schedule/reload-sentence.ts';
import type { Job, OverlapPolicy } from './schedule/job.ts';
import { APPEND_LOGS, STATE_FILES } from './state/inventory.ts';
import { Scheduler } from './schedule/scheduler.ts';
import { tellSlots } from './schedule/tell-slots.ts';

export interface ScheduleAndRunOptions {
  readonly settings: Pick<Settings, 'TZ' | 'JOB_USER' | 'JOB_CONCURRENCY' | 'SHUTDOWN_GRACE'>;
  readonly log: Log;
  /** Where it is kept what the next start has to know. Only one process may use it. */
  readonly stateDirectory: string;
  readonly workplaceOf: WorkplaceOf;
  readonly emit: (event: RunEvent | ScheduleEvent | SlotEvent) => void;
  /** Takes secrets out of output; see `OutputTransform`. */
  readonly outputTransform: () => OutputTransform;
  /** Nothing but our jobs runs as JOB_USER: when we start and stop, all its processes are ended. */
  readonly isJobUserOurs: boolean;
  /** What to do about a wrong crontab, for its reader. */
  readonly crontabHint: string;
  /** Of jobs that say nothing of it; `skip` where it is left out. */
  readonly overlap?: OverlapPolicy;
}

/** The two rooms that every way of running jobs needs, connected. */
export interface ScheduleAndRun {
  readonly runner: Runner;
  readonly scheduler: Scheduler;
  /** Begins to start what is due, and takes up what a predecessor left. */
  start(): void;
  /** @throws CodedError that tells every mistake of the crontab. */
  parse(file: string, bytes: Uint8Array): CrontabContent;
  /** Takes the place of the crontab that the source had in force; other sources stay as they are. */
  putInForce(source: JobSource, crontab: CrontabContent): void;
  /** No job is in force any more, and none that was has slots to make up for. */
  putNothingInForce(): void;
  /** Those of the crontab in force, as they are scheduled. */
  jobs(): readonly Job[];
  job(slug: string): Job | null;
  /** As its crontab says it, whatever a switch says. */
  written(slug: string): Job | null;
  switchOf: JobSwitches['get'];
  /** Lets somebody's word stand above the crontab's; null takes it back. */
  setSwitch: JobSwitches['set'];
  /** Starts nothing more, ends what runs within its grace, writes what has to be kept. */
  stop(): Promise<void>;
}

/** Ends what a predecessor left behind, then gets ready; `start` sets it going. */
export async function connectScheduleAndRun(
  options: ScheduleAndRunOptions,
): Promise<ScheduleAndRun> {
  const { settings, workplaceOf, log, stateDirectory, emit } = options;
  const { outputTransform, isJobUserOurs, crontabHint, overlap } = options;
  const clock = systemClock;
  const runAs = settings.JOB_USER ?? null;
  const runningFile = join(stateDirectory, APPEND_LOGS.running.name);
  const logger = log.logger.child({ room: 'schedule' });

  /** What cleared its environment and left its session belongs to no run that could be told. */
  const endEscaped = async (): Promise<void> => {
    if (runAs === null || !isJobUserOurs) return;
    const { ended, left } = await endProcessesOf(runAs);
    if (ended > 0)
      logger.warn(`Ended ${ended} processes of JOB_USER that belonged to no run any more.`);
    if (left.length > 0) {
      logger.warn(`These processes of JOB_USER do not end, even by SIGKILL: ${left.join(', ')}.`);
    }
  };

  const recovering = { runningFile, workplaceOf, clock, logger: log.logger, graceMs: 5000, emit };
  const stuckBefore = await recover(recovering);
  await endEscaped();
  const handledSlots = openHandledSlots({
    file: join(stateDirectory, APPEND_LOGS.handledSlots.name),
    clock,
    logger,
  });
  const following = createFollowing({
    notes: openFollowNotes(join(stateDirectory, APPEND_LOGS.follows.name), logger),
    follow: (followUp, settled) => runner.follow(followUp, settled),
    clock,
    logger,
  });
  const runner = createRunner({
    clock,
    log,
    emit: (event) => following.tell(event, () => emit(event)),
    runningFile,
    stuckBefore,
    beforeStarts() {
      handledSlots.note();
      following.noteStarts();
    },
    workplaceOf,
    outputTransform,
    concurrency: settings.JOB_CONCURRENCY,
    resultDirectory: join(stateDirectory, 'results'),
  });
  const switches = openJobSwitches(join(stateDirectory, STATE_FILES.jobSwitches.name), logger);
  const revisionOf = (source: JobSource): string | null =>
    workplaceOf(source).release()?.name.revision ?? null;
  const notes = tellSlots({
    clock,
    emit,
    revision: revisionOf,
    isSwitched: (slug) => switches.get(slug) !== null,
  });
  const scheduler = new Scheduler({ clock, dispatcher: runner, logger, handledSlots, notes });
  const inForce = new Map<JobSource, CrontabContent>();
  const scheduled = new Map<JobSource, readonly Job[]>();
  const schedule = (source: JobSource): string => {
    const jobs = (inForce.get(source)?.jobs ?? []).map((job) => switches.apply(job));
    scheduled.set(source, jobs);
    const sentence = reloadSentence(scheduler.replace(source, jobs));
    following.replace(source, jobs);
    return sentence;
  };
  const jobsInForce = (): Job[] => [...scheduled.values()].flat();

  const putInForce = (source: JobSource, crontab: CrontabContent): void => {
    const { jobs, warnings } = crontab;
    const told = inForce.get(source)?.warnings ?? [];
    for (const warning of newWarnings(told, warnings)) {
      logger.warn(warning, warningSentence(warning));
    }
    inForce.set(source, crontab);
    logger.info(schedule(source));
    const revision = revisionOf(source);
    const described = describeJobs(jobs);
    emit({ type: 'schedule_replaced', source, at: clock.now(), revision, jobs: described });
  };

  /** Jobs of the same names, in the repository to come, are others. */
  const forgetSwitches = async (): Promise<void> => {
    try {
      const slugs = await switches.forget((slug) => sourceOf(slug) === 'repository');
      if (slugs.length === 0) return;
      logger.warn(
        `Whether these jobs run was decided for the repository of before; now the crontab decides again: ${slugs.join(', ')}.`,
      );
    } catch (error) {
      logger.error(
        errorFields(error),
        'What was decided of jobs of the repository of before goes on.',
      );
    }
  };

  return {
    runner,
    scheduler,
    start() {
      scheduler.start();
      following.start();
    },
    parse: (file, bytes) =>
      readJobs(bytes, { file, defaultZone: settings.TZ, ...(overlap && { overlap }) }, crontabHint),
    putInForce,
    putNothingInForce() {
      handledSlots.keepOnly({ has: (slug) => sourceOf(slug) !== 'repository' });
      following.forget('repository');
      void forgetSwitches();
      // At a start the first crontab is still to come, and its @reboot with it.
      if ((inForce.get('repository')?.jobs.length ?? 0) > 0)
        putInForce('repository', { jobs: [], warnings: [] });
    },
    jobs: jobsInForce,
    job: (slug) => scheduled.get(sourceOf(slug))?.find((job) => job.slug === slug) ?? null,
    written: (slug) => inForce.get(sourceOf(slug))?.jobs.find((job) => job.slug === slug) ?? null,
    switchOf: (slug) => switches.get(slug),
    async setSwitch(slug, change) {
      await switches.set(slug, change);
      logger.info(schedule(sourceOf(slug)));
    },
    async stop() {
      await scheduler.stop();
      await runner.shutdown({ graceMs: settings.SHUTDOWN_GRACE * 1000 });
      following.close();
      await endEscaped();
    },
  };
}
