import { join } from 'node:path';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { RunEvent } from '../../src/events.ts';
import type { Job } from '../../src/schedule/job.ts';
import { createTestRunner, makeJob, slotOf, type TestRunner } from './test-runner.ts';
import { until } from '../../../base/test/until.ts';

function endOf(rig: TestRunner, count: number): Promise<RunEvent[]> {
  const finished = () => rig.events.filter(({ type }) => type === 'run_finished');
  return until(() => finished().length === count && finished(), `the end of ${count} runs`);
}

function statuses(events: readonly RunEvent[]): string[] {
  return events.map((event) => (event.type === 'run_finished' ? event.outcome.status : ''));
}

/** A job that notes when it begins and ends. */
function notingJob(rig: TestRunner, settings: Partial<Job['settings']>, slug = 'job'): Job {
  const file = join(rig.directory, 'work', 'notes');
  const command = `echo "begin $GITCRON_JOB" >>${file}; sleep 0.2; echo "end $GITCRON_JOB" >>${file}`;
  return makeJob(command, settings, { slug });
}

function notes(rig: TestRunner): string[] {
  return readFileSync(join(rig.directory, 'work', 'notes'), 'utf8')
    .split('\n')
    .slice(0, -1);
}

test('skip: the second slot is skipped and says why', async () => {
  const rig = createTestRunner();
  const job = notingJob(rig, { overlap: 'skip' });
  rig.runner.fire(slotOf(job, 1));
  rig.runner.fire(slotOf(job, 2));
  expect(statuses(await endOf(rig, 2))).toEqual(['skipped', 'succeeded']);
  expect(await rig.logText()).toMatch(/ was skipped\. Its run #[0-9a-f]{8} is not over yet\./);
});

test('skip: whoever asks by hand learns which run is in the way', async () => {
  const rig = createTestRunner();
  const job = notingJob(rig, { overlap: 'skip' });
  const first = rig.start(job);
  const second = await rig.runner.start({ job, trigger: 'http', requestedBy: null });
  expect(second).toMatchObject({ kind: 'in_the_way', runId: first });
  await rig.outcome(first);
  expect(rig.events.filter(({ type }) => type === 'run_queued')).toHaveLength(1);
});

test('queue: one after the other', async () => {
  const rig = createTestRunner();
  const job = notingJob(rig, { overlap: 'queue' });
  for (const at of [1, 2, 3]) rig.runner.fire(slotOf(job, at));
  await endOf(rig, 3);
  const turn = ['begin job', 'end job'];
  expect(notes(rig)).toEqual([...turn, ...turn, ...turn]);
});

test('slots that are made up for take turns although the policy is skip', async () => {
  const rig = createTestRunner();
  const job = notingJob(rig, { overlap: 'skip' });
  for (const at of [1, 2]) rig.runner.fire(slotOf(job, at, 'catch_up'));
  expect(statuses(await endOf(rig, 2))).toEqual(['succeeded', 'succeeded']);
});

test('allow: both at once', async () => {
  const rig = createTestRunner();
  const job = notingJob(rig, { overlap: 'allow' });
  rig.runner.fire(slotOf(job, 1));
  rig.runner.fire(slotOf(job, 2));
  await endOf(rig, 2);
  expect(notes(rig)).toEqual(['begin job', 'begin job', 'end job', 'end job']);
});

test('replace: the newer run takes the place of the older', async () => {
  const rig = createTestRunner();
  const job = makeJob('test $GITCRON_SCHEDULED_AT = 1970-01-01T00:00:00.003Z || sleep 60', {
    overlap: 'replace',
  });
  for (const at of [1, 2, 3]) rig.runner.fire(slotOf(job, at));
  const ends = await endOf(rig, 3);
  expect(statuses(ends).toSorted()).toEqual(['canceled', 'canceled', 'succeeded']);
  expect(await rig.logText()).toMatch(/Replaced by a newer run of the job/);
});

test('jobs that share a lock exclude each other', async () => {
  const rig = createTestRunner();
  rig.runner.fire(slotOf(notingJob(rig, { lock: 'db' }, 'one'), 1));
  rig.runner.fire(slotOf(notingJob(rig, { lock: 'db' }, 'two'), 1));
  await endOf(rig, 2);
  expect(notes(rig)).toEqual(['begin one', 'end one', 'begin two', 'end two']);
});

test('no more at once than JOB_CONCURRENCY, the oldest slot first', async () => {
  const rig = createTestRunner({ concurrency: 1 });
  const jobs = ['busy', 'late', 'early'].map((slug) => notingJob(rig, {}, slug));
  const [busy, late, early] = jobs;
  if (busy === undefined || late === undefined || early === undefined) throw new Error('no jobs');
  rig.runner.fire(slotOf(busy, 1));
  rig.runner.fire(slotOf(late, 3));
  rig.runner.fire(slotOf(early, 2));
  expect((await rig.runner.active()).map(({ status }) => status)).toEqual([
    'running',
    'queued',
    'queued',
  ]);
  await endOf(rig, 3);
  expect(notes(rig).filter((note) => note.startsWith('begin'))).toEqual([
    'begin busy',
    'begin early',
    'begin late',
  ]);
});

test('a run that waits for its turn can be canceled', async () => {
  const rig = createTestRunner({ concurrency: 1 });
  const busy = rig.start(notingJob(rig, {}, 'busy'));
  const waiting = rig.start(notingJob(rig, {}, 'waiting'));
  await rig.runner.cancel(waiting, 'anna');
  expect(await rig.outcome(waiting)).toMatchObject({
    status: 'canceled',
    reason: 'Canceled by anna before it began.',
  });
  expect(await rig.outcome(busy)).toMatchObject({ status: 'succeeded' });
  expect(notes(rig)).toEqual(['begin busy', 'end busy']);
});
