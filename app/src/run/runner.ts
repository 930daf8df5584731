import { v7 as uuidv7 } from 'uuid';
import type { RunDescription, RunEvent } from '../events.ts';
import { identityOf } from '../events/run-description.ts';
import type { Dispatcher, FollowUp, Job } from '../schedule/job.ts';
import { sourceOf, type JobSource } from '../events/job-source.ts';
import { createBackground } from './background.ts';
import { causeOf, causeOfFollowUp, describeRun, entryOf } from './describe-run.ts';
import { createErrands } from './errands.ts';
import { createGates, type HeldRun } from './gates.ts';
import { createHeldLimit } from './held-limit.ts';
import { createInstant } from './instant.ts';
import { createLauncher } from './launcher.ts';
import { skipped } from './outcome.ts';
import { guardProcesses } from './process-guard.ts';
import { terminate } from './process/terminate.ts';
import { createValve } from './output/valve.ts';
import type { ActiveRelease } from './run-environment.ts';
import { createRunLog } from './run-log.ts';
import { createRunQueue, refusalText, type Admission } from './run-queue.ts';
import type { RunDesk } from './run-desk.ts';
import { createRun, type Run, type RunContext, type RunToMake } from './run.ts';
import type { RunnerOptions } from './runner-options.ts';
import { createRunningFile } from './running-file.ts';
import { supervisorMark } from './supervisor-mark.ts';
import { createSpawnPace } from './spawn-pace.ts';
import { watchStuckProcesses } from './stuck-processes.ts';
import { usersOf, workplaceOfJob } from './workplace.ts';

export type { ActiveRelease } from './run-environment.ts';
export type { RunnerOptions } from './runner-options.ts';

/** So long a shutdown waits for a reader of the log who takes nothing. */
const LOG_LIMIT_MS = 2000;
/** After the grace nothing runs that could write: so long it waits for a reader who is slow. */
const SLOW_LOG_LIMIT_MS = 10_000;
/** Of what is found only when the grace is nearly over. */
const SHORTEST_GRACE_MS = 500;

/** The room that runs jobs. The schedule drives it as its `Dispatcher`. */
export interface Runner extends Dispatcher, RunDesk {
  /**
   * Starts what follows another run, or skips it.
   * @param settled see `Dispatcher`.
   * @returns false when nothing is started any more.
   */
  follow(followUp: FollowUp, settled: () => void): boolean;
  /** Revisions whose release must not be pruned. */
  inUse(): Set<string>;
  /** Ends the runs of a source that wait, for their turn or for another attempt; those at work make none after this. */
  endWaiting(source: JobSource, by: string): void;
  /** Another release became current: what is held ready for the old one is made anew. */
  releaseChanged(): void;
  /** Starts nothing more, ends what runs, waits for it. */
  shutdown(options: { readonly graceMs: number }): Promise<void>;
  /** Cuts the grace of `shutdown` short: SIGKILL now. */
  kill(): void;
}

export function createRunner(options: RunnerOptions): Runner {
  const { clock, log, concurrency, workplaceOf } = options;
  const logger = log.logger.child({ room: 'run' });
  const runLog = createRunLog(log.logger);
  const queue = createRunQueue(concurrency);
  const pace = createSpawnPace();
  const valve = createValve(log);
  const { stuckBefore = [] } = options;
  const runningFile = createRunningFile(options.runningFile, logger, stuckBefore);
  const stuck = watchStuckProcesses({ runningFile, clock, logger }, stuckBefore);
  const background = createBackground(({ leader }) => runningFile.remove(leader));
  const instant = createInstant(clock, {
    // Killed in between, a slot is made up for whose run is told lost; the other way round it would be none.
    beginning: (pids, at) => runningFile.started(pids, at),
    begun: () => options.beforeStarts?.(),
  });
  const heldLimit = createHeldLimit(concurrency);
  const mark = supervisorMark(options.runningFile);
  const runs = new Map<string, Run>();
  const hurry = new AbortController();
  let closing = false;
  let idle: PromiseWithResolvers<void> | null = null;
  const launcher = createLauncher({ ...options, mark, runningFile, logger });
  const { telling, tidying, showing } = createErrands(logger, options.runningFile);
  const emit = (event: RunEvent): void => void telling.now(() => options.emit(event));

  const users = usersOf(workplaceOf);
  const guard = guardProcesses({ runs: () => [...runs.values()], background, mark, users, logger });

  const gates = createGates({
    room: () => heldLimit() - [...runs.values()].filter((run) => run.isHeld()).length,
    pace,
    release: releaseOf,
    make(slot, release): HeldRun {
      const { job } = slot;
      const run = describeRun(job, release, causeOf(slot));
      const attempt = launcher.launch({ run, job, release, attempt: 1 });
      return { run, job, release, attempt };
    },
  });

  const context: RunContext = {
    clock,
    log,
    runLog,
    pace,
    instant,
    valve,
    showing,
    outputTransform: options.outputTransform ?? null,
    emit,
    launch: (of) => launcher.launch(of),
    onAttemptOver({ process: { pid }, runAs }, { run, attempt, leftBehind, stuck: found }) {
      if (leftBehind !== null) background.add(leftBehind);
      else if (pid !== null) runningFile.remove(pid);
      stuck.add({ run, attempt, runAs }, found);
    },
    onRest(runId) {
      queue.rest(runId);
      startNext();
    },
    onWake(runId) {
      queue.wake(runId);
      startNext();
    },
    onFinished(runId) {
      queue.remove(runId);
      runs.delete(runId);
      startNext();
      if (runs.size === 0) idle?.resolve();
    },
  };

  function releaseOf(job: Job): ActiveRelease | null {
    return workplaceOfJob(workplaceOf, job).release();
  }

  function startNext(): void {
    if (closing) return;
    for (let entry = queue.next(); entry !== null; entry = queue.next()) {
      runs.get(entry.runId)?.begin();
    }
  }

  /** `@catchup all`, and slots that are made up for are still waiting, or one of them runs. */
  function isCatchingUp({ slug, settings }: Job): boolean {
    if (settings.catchUp.kind !== 'all') return false;
    const descriptions = [...runs.values()].map(({ description }) => description);
    return descriptions.some(({ job, trigger }) => job === slug && trigger === 'catch_up');
  }

  /** Puts a run into the queue and begins what may begin. */
  function admit(made: RunToMake): Admission {
    const { description, job } = made;
    // A slot is fired a little ahead, and is queued for its instant.
    const queuedAt = Math.max(clock.now(), made.description.scheduledAt ?? 0);
    const admission = queue.offer(entryOf(description, job, queuedAt, isCatchingUp(job)));
    instant.first(() => emit({ type: 'run_queued', at: queuedAt, run: description }));
    if (admission.kind !== 'admitted') return admission;
    const run = createRun(made, context);
    runs.set(description.runId, run);
    for (const runId of admission.replaces) runs.get(runId)?.end({ kind: 'replace' });
    startNext();
    if (!run.isRunning()) runLog.waiting(description);
    return admission;
  }

  function skip(run: RunDescription, reason: string): void {
    const outcome = skipped(reason);
    instant.last(() =>
      emit({ type: 'run_finished', at: clock.now(), ...identityOf(run), attempts: 0, outcome }),
    );
  }

  /** What is due, and is taken on or skipped. */
  function fire(made: RunToMake): void {
    const admission = admit(made);
    if (admission.kind === 'admitted') return;
    made.settled?.();
    made.held?.discard();
    skip(made.description, refusalText(admission));
  }

  return {
    prepare(slot) {
      if (!closing) gates.prepare(slot);
    },
    fire(slot, settled) {
      if (closing) return;
      const { job } = slot;
      const ready = gates.take(slot);
      const release = ready?.release ?? releaseOf(job);
      const description = ready?.run ?? describeRun(job, release, causeOf(slot));
      const held = ready?.attempt ?? null;
      fire({ description, job, release, held, settled: settled ?? null });
    },
    follow(followUp, settled) {
      if (closing) return false;
      const { job } = followUp;
      const release = releaseOf(job);
      const description = describeRun(job, release, causeOfFollowUp(followUp));
      fire({ description, job, release, held: null, settled });
      return true;
    },
    withdraw: (slot) => gates.withdraw(slot),
    async start({
      job,
      trigger,
      requestedBy,
      params = null,
      alone = false,
      runId = uuidv7(),
      settled = null,
    }) {
      if (closing) return { kind: 'shutting_down' };
      const considered = queue.consider({ job: job.slug, overlap: job.settings.overlap });
      if (considered.kind !== 'admitted') {
        const reason = refusalText(considered);
        return { kind: 'in_the_way', runId: considered.inTheWay, reason };
      }
      const release = releaseOf(job);
      const cause = { trigger, requestedBy, params, scheduledAt: null, ...(alone && { alone }) };
      const description = { ...describeRun(job, release, cause), runId };
      const tooLong = launcher.tooLong({ run: description, job, release });
      if (tooLong !== null) return { kind: 'too_long', ...tooLong };
      admit({ description, job, release, held: null, settled });
      return { kind: 'accepted', run: description };
    },
    async cancel(runId, by) {
      const run = runs.get(runId);
      run?.end({ kind: 'cancel', by });
      return run !== undefined;
    },
    active: async () =>
      [...runs.values()].map((run) => ({
        run: run.description,
        status: run.isRunning() ? 'running' : 'queued',
        attempt: run.attempt(),
      })),
    inUse() {
      const releases = [...[...runs.values()].map(({ release }) => release), ...gates.releases()];
      const revisions = releases.flatMap((release) => release?.name.revision ?? []);
      return new Set([...revisions, ...background.revisions()]);
    },
    endWaiting(source, by) {
      for (const run of runs.values()) {
        if (sourceOf(run.description.job) === source) run.makeLast({ kind: 'cancel', by });
      }
    },
    releaseChanged: () => gates.releaseChanged(),
    async shutdown({ graceMs }) {
      closing = true;
      valve.limitWaits(LOG_LIMIT_MS);
      const patience = clock.after(graceMs + SLOW_LOG_LIMIT_MS, () => valve.letGo());
      const killAt = clock.monotonic() + graceMs;
      const restMs = (): number => Math.max(killAt - clock.monotonic(), SHORTEST_GRACE_MS);
      gates.discardAll();
      idle = Promise.withResolvers();
      for (const run of runs.values()) run.end({ kind: 'shutdown' }, graceMs);
      const backgroundGone = background.terminateAll(graceMs, hurry.signal);
      if (runs.size > 0) await idle.promise;
      await backgroundGone;
      // What the last runs left behind while they ended.
      await background.terminateAll(restMs(), hurry.signal);
      // And what left its session and closed its pipes, so that no run knew of it.
      await Promise.all(
        users.map((runAs) =>
          terminate({ leader: null, runId: mark, runAs }, restMs(), hurry.signal),
        ),
      );
      patience.cancel();
      stuck.stop();
      tidying.now(() => runningFile.close(stuck.living()));
      launcher.close();
      guard.stop();
    },
    kill() {
      closing = true;
      valve.letGo();
      hurry.abort();
      for (const run of runs.values()) run.kill({ kind: 'shutdown' });
      background.killAll();
    },
  };
}
