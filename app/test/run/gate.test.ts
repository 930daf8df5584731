import { MAX_COMMAND_BYTES } from '../../src/schedule/crontab/job-line.ts';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { ActiveRelease } from '../../src/run/runner.ts';
import { MOST_AHEAD_MS } from '../../src/schedule/job.ts';
import {
  createTestRunner,
  isAlive,
  makeJob,
  noted,
  slotOf,
  type TestRunner,
} from './test-runner.ts';
import { until } from '../../../base/test/until.ts';

/** The processes that this runner has started, held or not: it notes them for the next supervisor. */
function notedPids({ directory }: TestRunner): number[] {
  return noted(join(directory, 'running.json')).map(({ pid }) => pid);
}

/** @param others Processes that are known; their notes may be a moment old. */
async function heldPid(rig: TestRunner, ...others: number[]): Promise<number> {
  return until(() => notedPids(rig).find((pid) => !others.includes(pid)), 'a held process');
}

function release(name: string, directory: string): ActiveRelease {
  const revision = name.repeat(40);
  return {
    name: { revision, subject: '', author: '', dependencyHash: null },
    directory,
    binPaths: [],
  };
}

test('a held process has not begun, is no run, and begins when its slot fires', async () => {
  const rig = createTestRunner();
  const proof = join(rig.directory, 'work', 'proof');
  const slot = slotOf(makeJob(`touch ${proof}; echo "$GITCRON_JOB $GITCRON_SCHEDULED_AT"`));
  rig.runner.prepare(slot);
  const pid = await heldPid(rig);
  expect(isAlive(pid)).toBe(true);
  expect(await rig.runner.active()).toEqual([]);
  expect(rig.events).toEqual([]);
  expect(existsSync(proof)).toBe(false);

  rig.runner.fire(slot);
  const started = await rig.event(({ type }) => type === 'attempt_started');
  expect(started).toMatchObject({ pid, attempt: 1 });
  const finished = await rig.event(({ type }) => type === 'run_finished');
  expect(finished).toMatchObject({ outcome: { status: 'succeeded' } });
  const [queued] = rig.events;
  if (queued?.type !== 'run_queued') throw new Error('the first event is run_queued');
  expect(queued.run).toMatchObject({ trigger: 'schedule', scheduledAt: slot.at });
  const output = rig.output(queued.run.runId).toString();
  expect(output).toBe(`job ${new Date(slot.at).toISOString()}\n`);
});

/** Fires `job` this long before its slot; returns the slot and when its command began. */
async function fireAhead(rig: TestRunner, aheadMs: number, isHeld: boolean) {
  const proof = join(rig.directory, 'work', 'proof');
  const slot = slotOf(makeJob(`date +%s%3N >${proof}`), Date.now() + 1500);
  if (isHeld) {
    rig.runner.prepare(slot);
    await heldPid(rig);
  }
  await until(() => Date.now() >= slot.at - aheadMs, 'the time just ahead of the slot');
  rig.runner.fire(slot);
  await rig.event(({ type }) => type === 'run_finished');
  return { at: slot.at, beganAt: Number(readFileSync(proof, 'utf8')) };
}

test.for([true, false])(
  'fired ahead of its slot, a command does not begin before it (held: %s)',
  async (isHeld) => {
    const rig = createTestRunner();
    const { at, beganAt } = await fireAhead(rig, MOST_AHEAD_MS - 20, isHeld);
    expect(beganAt).toBeGreaterThanOrEqual(at);
    const times = rig.events.flatMap((event) => ('at' in event ? event.at : []));
    expect(Math.min(...times)).toBeGreaterThanOrEqual(at);
    expect(rig.events[0]).toMatchObject({ type: 'run_queued', at });
  },
);

test('what a successor must know: before the instant which process begins, at the instant that its slot is dealt with', async () => {
  const seen: { now: number; startedAt: (number | null)[]; hasBegun: boolean }[] = [];
  const rig = createTestRunner({
    beforeStarts() {
      const startedAt = noted(join(rig.directory, 'running.json')).map((each) => each.startedAt);
      const hasBegun = existsSync(join(rig.directory, 'work', 'proof'));
      seen.push({ now: Date.now(), startedAt, hasBegun });
    },
  });
  const { at } = await fireAhead(rig, MOST_AHEAD_MS - 20, true);
  const [first] = seen;
  expect(first).toMatchObject({ hasBegun: false });
  expect(first?.now).toBeGreaterThanOrEqual(at);
  const startedAt = first?.startedAt[0] ?? 0;
  expect(startedAt).toBeGreaterThanOrEqual(at);
  expect(startedAt).toBeLessThanOrEqual(first?.now ?? 0);
});

test('a slot that a clock set back puts into the future again is not waited for', async () => {
  const rig = createTestRunner();
  rig.runner.fire(slotOf(makeJob('true'), Date.now() + 3_600_000));
  const finished = await rig.event(({ type }) => type === 'run_finished');
  expect(finished).toMatchObject({ outcome: { status: 'succeeded' } });
});

test('a withdrawn slot ends its process; the command never began', async () => {
  const rig = createTestRunner();
  const proof = join(rig.directory, 'work', 'proof');
  const slot = slotOf(makeJob(`touch ${proof}`));
  rig.runner.prepare(slot);
  const pid = await heldPid(rig);
  rig.runner.withdraw(slot);
  await until(() => !isAlive(pid), 'the end of the held process');
  expect(existsSync(proof)).toBe(false);
  expect(rig.events).toEqual([]);
});

test('another command: the old process is discarded and the new command runs', async () => {
  const rig = createTestRunner();
  const at = Date.now();
  rig.runner.prepare(slotOf(makeJob('echo old'), at));
  const pid = await heldPid(rig);
  rig.runner.fire(slotOf(makeJob('echo new'), at));
  const finished = await rig.event(({ type }) => type === 'run_finished');
  if (finished.type !== 'run_finished') throw new Error('unreachable');
  expect(rig.output(finished.runId).toString()).toBe('new\n');
  await until(() => !isAlive(pid), 'the end of the old process');
});

test('another release: what is held is made anew in the new one', async () => {
  let current = release('a', '/');
  const rig = createTestRunner({ release: () => current });
  const slot = slotOf(makeJob('echo "$PWD $GITCRON_RELEASE"'));
  rig.runner.prepare(slot);
  const old = await heldPid(rig);
  expect(rig.runner.inUse()).toEqual(new Set(['a'.repeat(40)]));
  current = release('b', '/tmp');
  rig.runner.releaseChanged();
  await until(() => !isAlive(old), 'the end of the old process');
  const fresh = await heldPid(rig, old);
  expect(rig.runner.inUse()).toEqual(new Set(['b'.repeat(40)]));
  rig.runner.fire(slot);
  const started = await rig.event(({ type }) => type === 'attempt_started');
  expect(started).toMatchObject({ pid: fresh });
  const finished = await rig.event(({ type }) => type === 'run_finished');
  if (finished.type !== 'run_finished') throw new Error('unreachable');
  expect(rig.output(finished.runId).toString()).toBe(`/tmp ${'b'.repeat(40)}\n`);
});

test('a run keeps the release it began with', async () => {
  let current = release('a', '/');
  const rig = createTestRunner({ release: () => current });
  const runId = rig.start(makeJob('sleep 0.3; pwd; exit $((2 - GITCRON_ATTEMPT))', { retries: 1 }));
  current = release('b', '/tmp');
  rig.runner.releaseChanged();
  expect(rig.runner.inUse()).toEqual(new Set(['a'.repeat(40)]));
  expect(await rig.outcome(runId)).toMatchObject({ status: 'succeeded' });
  expect(rig.output(runId).toString()).toBe('/\n/\n');
  expect(rig.runner.inUse()).toEqual(new Set());
});

test('of a job with many slots ahead one process is held: the one that is needed first', async () => {
  const rig = createTestRunner();
  const job = makeJob('echo "$GITCRON_SCHEDULED_AT"');
  const slots = [1000, 2000, 3000].map((at) => slotOf(job, at));
  for (const slot of slots) rig.runner.prepare(slot);
  const earlier: number[] = [];
  for (const slot of slots) {
    const held = await heldPid(rig, ...earlier);
    expect(notedPids(rig).filter((pid) => !earlier.includes(pid))).toEqual([held]);
    earlier.push(held);
    rig.runner.fire(slot);
    const started = await rig.event(
      (event) => event.type === 'attempt_started' && event.pid === held,
    );
    if (started.type !== 'attempt_started') throw new Error('unreachable');
    await rig.outcome(started.runId);
    expect(rig.output(started.runId).toString()).toBe(`${new Date(slot.at).toISOString()}\n`);
  }
});

test('a slot without a prepared process runs all the same', async () => {
  const rig = createTestRunner();
  rig.runner.fire(slotOf(makeJob('true')));
  const finished = await rig.event(({ type }) => type === 'run_finished');
  expect(finished).toMatchObject({ outcome: { status: 'succeeded' } });
});

test('a slot whose held process was killed runs all the same', async () => {
  const rig = createTestRunner();
  const slot = slotOf(makeJob('echo well'));
  rig.runner.prepare(slot);
  const pid = await heldPid(rig);
  process.kill(pid, 'SIGKILL');
  // It disappears when the supervisor has taken note of its end.
  await until(() => !existsSync(`/proc/${pid}`), 'its end');
  rig.runner.fire(slot);
  const finished = await rig.event(({ type }) => type === 'run_finished');
  expect(finished).toMatchObject({ outcome: { status: 'succeeded' } });
});

test('1,000 jobs due at one instant: none is dropped', async () => {
  const rig = createTestRunner({ concurrency: 40 });
  const at = Date.now();
  const slots = Array.from({ length: 1000 }, (_, index) =>
    slotOf(makeJob('true', {}, { slug: `job-${index}` }), at),
  );
  for (const slot of slots) rig.runner.prepare(slot);
  for (const slot of slots) rig.runner.fire(slot);
  const finished = () => rig.events.filter(({ type }) => type === 'run_finished');
  await until(() => finished().length === 1000, 'the end of 1,000 runs', 60_000);
  expect(await rig.runner.active()).toEqual([]);
  for (const event of finished()) expect(event).toMatchObject({ outcome: { status: 'succeeded' } });
}, 90_000);

test('a command as long as a crontab may have it can be started', async () => {
  const { run } = createTestRunner();
  const start = 'echo ';
  const command = `${start}${'x'.repeat(MAX_COMMAND_BYTES - start.length)}`;
  expect(await run(makeJob(command))).toMatchObject({ status: 'succeeded' });
});
