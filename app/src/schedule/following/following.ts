import type { Clock } from '@gitcron/base/clock';
import { errorFields } from '@gitcron/base/error-fields';
import type { Logger } from '@gitcron/base/log';
import type { JobSource, RunEvent } from '../../events.ts';
import { sourceOf } from '../../events/job-source.ts';
import type { Predecessor } from '../../events/run-description.ts';
import type { FollowUp, Job } from '../job.ts';
import type { FollowNotes, NotedEnd, Settlement } from './follow-notes.ts';
import { follows } from './followers-of.ts';
import { caughtUpFollowUps, missedEnds } from './missed-follow-ups.ts';

export interface FollowingOptions {
  readonly notes: FollowNotes;
  /**
   * Starts a run that follows another one, or skips it.
   * @param settled see `Dispatcher`.
   */
  readonly follow: (followUp: FollowUp, settled: () => void) => void;
  readonly clock: Pick<Clock, 'now'>;
  readonly logger: Logger;
}

/** Starts what follows runs that have ended, by the crontab that is in force at their end. */
export interface Following {
  /** Tells an event of a run: what it leads to is noted before, and started after. */
  tell(event: RunEvent, tell: () => void): void;
  /** To be called before anything begins that was started. */
  noteStarts(): void;
  /** All jobs of a source as they are scheduled now. */
  replace(source: JobSource, jobs: readonly Job[]): void;
  /** Takes up what a predecessor left, of each source as soon as a crontab of it is in force. */
  start(): void;
  /** Nothing follows what has begun of a source until now. */
  forget(source: JobSource): void;
  close(): void;
}

export function createFollowing(options: FollowingOptions): Following {
  const { notes, follow, clock, logger } = options;
  const jobsOf = new Map<JobSource, readonly Job[]>();
  /** By the slug of the job that they follow. */
  const followers = new Map<string, Job[]>();
  /** The job of each run of ours that is not over and that something may follow. */
  const runs = new Map<string, string>();
  const leftOpen = new Map(notes.open);
  const leftEnds = new Map(notes.ends);
  /** Not noted yet. */
  let settled: Settlement[] = [];
  let isStarted = false;

  function followersOf(end: Predecessor): Job[] {
    return (followers.get(end.job) ?? []).filter((job) => follows(job, end));
  }

  function begin(runId: string, job: string): void {
    runs.set(runId, job);
    if (followers.has(job)) notes.begin(runId, job);
  }

  /** Notes which jobs are to follow. @returns starts them. */
  function noteEnd(of: Predecessor): () => void {
    const due = followersOf(of);
    if (due.length > 0) {
      notes.end({ at: clock.now(), due: new Set(due.map(({ slug }) => slug)), end: of });
    } else if (notes.open.has(of.runId)) {
      notes.settle([{ runId: of.runId, job: null }]);
    }
    return () => startAll(due.map((job) => ({ job, after: of, trigger: 'after' })));
  }

  function startAll(followUps: readonly FollowUp[]): void {
    for (const each of followUps) {
      const settlement = { runId: each.after.runId, job: each.job.slug };
      try {
        // Until it is settled a successor makes up for it: it may wait for its turn.
        follow(each, () => void settled.push(settlement));
      } catch (error) {
        // One that cannot be started must not keep the others from it.
        const { job, after } = each;
        logger.error(errorFields(error), `Cannot start ${job.slug}, which follows ${after.job}`);
      }
    }
  }

  /** Whatever was open when the predecessor was killed is lost by now. */
  function endLost(source: JobSource): void {
    for (const [runId, job] of ofSource(leftOpen, source, (slug) => slug)) {
      leftOpen.delete(runId);
      noteEnd({ runId, job, status: 'lost', result: null })();
    }
  }

  function makeUp(source: JobSource): void {
    const ends = ofSource(leftEnds, source, (noted) => noted.end.job);
    if (ends.length === 0) return;
    for (const [runId] of ends) leftEnds.delete(runId);
    const noted = ends.map(([, each]) => each);
    const followUps = (jobsOf.get(source) ?? []).flatMap((job) => {
      const made = caughtUpFollowUps(job, noted, clock.now());
      tellMissed(job, noted, made.length);
      return made;
    });
    const made = Map.groupBy(followUps, ({ after }) => after.runId);
    notes.settle(noted.flatMap((each) => givenUp(each, made.get(each.end.runId) ?? [])));
    startAll(followUps);
  }

  function tellMissed(job: Job, ends: readonly NotedEnd[], madeUp: number): void {
    const { slug, settings } = job;
    const count = missedEnds(job, ends).length;
    if (count === 0) return;
    const runsText = count === 1 ? 'a run' : `${count} runs`;
    const missed = `${slug} did not follow ${runsText} that had ended when Gitcron was stopped or killed`;
    if (madeUp > 0)
      logger.info(
        `${missed}; ${madeUp === 1 ? 'one run makes' : `${madeUp} runs make`} up for it (@catchup).`,
      );
    else if (settings.catchUp.kind === 'none') {
      logger.warn(`${missed}. With # @catchup last above it, it would now.`);
    } else logger.warn(`${missed}, and it is too late to make up for it (@catchup).`);
  }

  function takeUp(source: JobSource): void {
    if (!isStarted || !jobsOf.has(source)) return;
    endLost(source);
    makeUp(source);
  }

  return {
    tell(event, tell) {
      if (event.type === 'run_queued') {
        if (event.run.alone !== true) begin(event.run.runId, event.run.job);
        return tell();
      }
      const job = event.type === 'run_finished' ? runs.get(event.runId) : undefined;
      if (event.type !== 'run_finished' || job === undefined) return tell();
      runs.delete(event.runId);
      const { status, result } = event.outcome;
      const startFollowers = noteEnd({ runId: event.runId, job, status, result });
      try {
        tell();
      } finally {
        startFollowers();
      }
    },
    noteStarts() {
      const now = settled;
      settled = [];
      notes.settle(now);
    },
    replace(source, jobs) {
      jobsOf.set(source, jobs);
      followers.clear();
      for (const job of [...jobsOf.values()].flat()) {
        if (job.schedule.kind !== 'after') continue;
        const others = followers.get(job.schedule.job);
        if (others === undefined) followers.set(job.schedule.job, [job]);
        else others.push(job);
      }
      for (const [runId, job] of runs) {
        if (followers.has(job) && !notes.open.has(runId)) notes.begin(runId, job);
      }
      takeUp(source);
    },
    start() {
      isStarted = true;
      for (const source of jobsOf.keys()) takeUp(source);
    },
    forget(source) {
      const open = ofSource(notes.open, source, (slug) => slug);
      const ends = ofSource(notes.ends, source, (noted) => noted.end.job);
      const forgotten = [...open, ...ends].map(([runId]) => runId);
      for (const runId of [
        ...forgotten,
        ...ofSource(runs, source, (slug) => slug).map(([id]) => id),
      ]) {
        leftOpen.delete(runId);
        leftEnds.delete(runId);
        runs.delete(runId);
      }
      notes.settle(forgotten.map((runId) => ({ runId, job: null })));
    },
    close: () => notes.close(),
  };
}

/** Of the jobs that were to follow that run, those that will not. */
function givenUp({ end: { runId }, due }: NotedEnd, made: readonly FollowUp[]): Settlement[] {
  const willFollow = new Set(made.map(({ job }) => job.slug));
  return [...due].filter((slug) => !willFollow.has(slug)).map((job) => ({ runId, job }));
}

function ofSource<Value>(
  values: ReadonlyMap<string, Value>,
  source: JobSource,
  jobOf: (value: Value) => string,
): [string, Value][] {
  return [...values].filter(([, value]) => sourceOf(jobOf(value)) === source);
}
