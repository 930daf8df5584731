import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { RunEvent } from '../../src/events.ts';
import type { JobSettings } from '../../src/schedule/job.ts';
import { startSupervisor, type SupervisorProcess } from './supervisor-process.ts';
import { createTestRunner, makeJob, slotOf, type TestRunner } from './test-runner.ts';
import { until } from '../../../base/test/until.ts';

/** A run that would go on for ever, and meets every phase on its way. */
const FAILING: Partial<JobSettings> = { retries: 1000, retryDelayMs: 5, graceMs: 300 };

type End = (house: TestRunner, runId: string) => void;

const ENDS: Readonly<Record<string, End>> = {
  cancel: ({ runner }, runId) => void runner.cancel(runId, 'test'),
  replace: ({ runner }) => runner.fire(slotOf(makeJob('true', { overlap: 'replace' }))),
  shutdown: ({ runner }) => void runner.shutdown({ graceMs: 300 }),
};

/** Where within the work at hand the wish arrives. */
const MOMENTS: Readonly<Record<string, (step: () => void) => void>> = {
  at: (step) => step(),
  'in the microtask after': (step) => queueMicrotask(step),
  'in the turn after': (step) => void setImmediate(step),
  'a moment after': (step) => void setTimeout(step, 2),
};

function ofRun(events: readonly RunEvent[], runId: string): RunEvent[] {
  return events.filter((event) =>
    event.type === 'run_queued' ? event.run.runId === runId : event.runId === runId,
  );
}

/** What may be said of the events of a run that was asked to end after the event of that number. */
function summarize(events: readonly RunEvent[], askedAfter: number) {
  const types = events.map(({ type }) => type);
  const count = (wanted: string, of = types): number => of.filter((type) => type === wanted).length;
  const last = events.at(-1);
  return {
    first: types[0],
    ends: count('run_finished'),
    status: last?.type === 'run_finished' ? last.outcome.status : null,
    unfinished: count('attempt_started') - count('attempt_finished'),
    // One whose gate had opened already is told of a moment later.
    goesOn: count('attempt_started', types.slice(askedAfter)) > 1,
  };
}

const KEPT: ReturnType<typeof summarize> = {
  first: 'run_queued',
  ends: 1,
  status: 'canceled',
  unfinished: 0,
  goesOn: false,
};

const cases = Object.keys(ENDS).flatMap((end) =>
  Object.keys(MOMENTS).map((moment) => ({ end, moment })),
);

test.each(cases)('$end is kept, $moment any event of a run', async ({ end, moment }) => {
  // Queued, then twice: attempt started, output, attempt finished, and the rest between them.
  for (let askedAfter = 1; askedAfter <= 7; askedAfter += 1) {
    let seen = 0;
    let runId = '';
    const house = createTestRunner({
      emit(event) {
        house.events.push(event);
        if (ofRun([event], runId).length === 0) return;
        seen += 1;
        if (seen === askedAfter) MOMENTS[moment]?.(() => ENDS[end]?.(house, runId));
      },
    });
    runId = house.start(makeJob('echo out; exit 1', { ...FAILING, overlap: 'replace' }));
    const its = await until(() => {
      const events = ofRun(house.events, runId);
      return events.some(({ type }) => type === 'run_finished') ? events : null;
    }, `the end of a run asked after event ${askedAfter}`);
    await until(async () => (await house.runner.active()).length === 0, 'the end of all runs');
    expect(summarize(its, askedAfter)).toEqual(KEPT);
  }
});

test('a run that waits for its turn, with or without a process at the gate, never begins', async () => {
  const { runner, start, outcome, events } = createTestRunner({ concurrency: 1 });
  start(makeJob('sleep 60', {}, { slug: 'first' }));
  const slot = slotOf(makeJob('true', { overlap: 'queue' }, { slug: 'held' }), Date.now() + 1000);
  runner.prepare(slot);
  await until(async () => (await runner.active()).length === 1, 'the first run');
  runner.fire(slot);
  const waiting = start(makeJob('true', {}, { slug: 'waiting' }));
  const held = (await runner.active()).find(({ run }) => run.job === 'held')?.run.runId ?? '';
  for (const runId of [held, waiting]) {
    expect(await runner.cancel(runId, 'test')).toBe(true);
    expect(await outcome(runId)).toMatchObject({
      status: 'canceled',
      reason: 'Canceled by test before it began.',
    });
    expect(ofRun(events, runId).map(({ type }) => type)).toEqual(['run_queued', 'run_finished']);
  }
});

test('a run that is replaced at the instant it was queued is told of in order', async () => {
  const { runner, start, events } = createTestRunner({ concurrency: 1 });
  start(makeJob('sleep 60', {}, { slug: 'first' }));
  const job = makeJob('true', { overlap: 'replace' });
  runner.fire(slotOf(job, Date.now()));
  runner.fire(slotOf(job, Date.now() + 1));
  const [, replaced] = await runner.active();
  await until(() => events.some(({ type }) => type === 'run_finished'), 'the end of the replaced');
  const finished = events.find((event) => event.type === 'run_finished');
  const its = ofRun(events, finished?.runId ?? '').map(({ type }) => type);
  expect(its).toEqual(['run_queued', 'run_finished']);
  expect(replaced?.run.job).toBe('job');
});

test('canceled while it is ended for its time limit, it is not tried again', async () => {
  const { runner, start, outcome, directory, events } = createTestRunner();
  const runId = start(
    makeJob('trap "" TERM; sleep 60', { ...FAILING, timeoutMs: 200, graceMs: 2000 }),
  );
  await until(() => {
    const log = join(directory, 'log');
    return existsSync(log) && readFileSync(log, 'utf8').includes('has run for its limit of');
  }, 'its time limit');
  await runner.cancel(runId, 'test');
  expect(await outcome(runId)).toMatchObject({
    status: 'canceled',
    reason: 'Canceled by test before its attempt 2.',
  });
  expect(events.filter(({ type }) => type === 'attempt_started')).toHaveLength(1);
});

test('a shutdown does not wait for the long grace of a run that was canceled before', async () => {
  const { runner, start, outcome, event } = createTestRunner();
  const runId = start(makeJob('trap "" TERM; echo ready; sleep 60', { graceMs: 3_600_000 }));
  await event(({ type }) => type === 'output');
  await runner.cancel(runId, 'test');
  await runner.shutdown({ graceMs: 200 });
  expect(await outcome(runId)).toMatchObject({ status: 'canceled', signal: 'SIGKILL' });
});

/** Its log has no reader any more, and a run's process has exited with output still on its way. */
async function heldByTheLog(): Promise<SupervisorProcess> {
  const house = startSupervisor({ readOutput: false });
  house.tell('run', 'yes "a line of output that nobody reads"');
  const pidFile = join(house.directory, 'pid');
  // It writes only when the log is full: the first one can write no more by then.
  await until(() => readLog(house) > 1_000_000, 'a full log');
  house.tell('retry', `echo out; echo $$ > ${pidFile}; exit 1`);
  await until(() => {
    const pid = existsSync(pidFile) ? Number(readFileSync(pidFile, 'utf8')) : 0;
    return pid > 0 && !existsSync(`/proc/${pid}`);
  }, 'the exit of the second');
  expect(house.events().filter(({ type }) => type === 'attempt_finished')).toEqual([]);
  return house;
}

/** How much its first job has written, as far as the kernel tells: what its supervisor has read. */
function readLog({ pid }: SupervisorProcess): number {
  const read = /^rchar: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8'));
  return Number(read?.[1] ?? 0);
}

test.runIf(process.platform === 'linux')(
  'cancel is kept between the exit of a process and the end of its attempt',
  async () => {
    const house = await heldByTheLog();
    house.tell('cancel', '2');
    house.tell('cancel', '1');
    house.child.stdout.resume();
    const ends = [await house.finished(0), await house.finished(1)];
    expect(ends.map(({ outcome }) => outcome.status)).toEqual(['canceled', 'canceled']);
    const started = house.events().filter(({ type }) => type === 'attempt_started');
    expect(started).toHaveLength(2);
  },
);

test.runIf(process.platform === 'linux')(
  'SIGTERM ends it in time, with a run whose output nobody reads between exit and end',
  async () => {
    const house = await heldByTheLog();
    house.child.kill('SIGTERM');
    await house.exited;
    const ends = house.events().flatMap((event) => (event.type === 'run_finished' ? event : []));
    expect(ends.map(({ outcome }) => outcome.status)).toEqual(['canceled', 'canceled']);
  },
);
