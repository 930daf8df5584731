import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { jobView } from '../../src/api/job.ts';
import { runSummaryView, runView, type RunView } from '../../src/api/run.ts';
import { statusView } from '../../src/api/status.ts';
import { startTestServer, type TestServer } from '../record/test-database.ts';
import { openHouse, post, type House } from './house.ts';
import { until } from '../../../base/test/until.ts';

/** What a follower is told, as its result. */
const TELL = `printf '%s %s %s' "$GITCRON_AFTER_RUN_ID" "$GITCRON_AFTER_STATUS" "$GITCRON_AFTER_RESULT" > $GITCRON_RESULT_FILE`;

const CRONTAB = `
# @name root
# @param exit=0
# @timeout 1s
@manual printf made > $GITCRON_RESULT_FILE; case "$GITCRON_PARAMS" in *late*) sleep 60;; *fail*) exit 3;; esac
# @name good
@after root ${TELL}
# @name bad
@after-failed root ${TELL}
# @name any
@after-ended root ${TELL}
# @name off
# @disabled
@after root true
# @name second
@after good ${TELL}
# @name big
@manual head -c 70000 /dev/zero | tr '\\0' '\\377' > $GITCRON_RESULT_FILE
# @name after-big
@after big printf %s "$GITCRON_AFTER_RESULT" | wc -c > $GITCRON_RESULT_FILE
# @name busy
@manual true
# @name after-busy
@after busy sleep 60
`;

let server: TestServer;
let house: House;
beforeAll(async () => {
  server = await startTestServer();
  house = await openHouse({ crontab: CRONTAB, databaseUrl: await server.createDatabase() });
});
afterAll(async () => {
  await house[Symbol.asyncDispose]();
  await server.stop();
});

async function start(job: string, body: unknown = {}): Promise<RunView> {
  const answer = await house.control(`/api/v1/jobs/${job}/runs`, post(body));
  expect(answer.status).toBe(202);
  return runView.parse(await answer.json());
}

async function runOf(id: string): Promise<RunView> {
  return runView.parse(await (await house.control(`/api/v1/runs/${id}`)).json());
}

async function ended(id: string): Promise<RunView> {
  await until(async () => (await runOf(id)).finishedAt !== null, `the end of ${id}`);
  return runOf(id);
}

/** Runs that follow that one, when all of them are over. */
async function followersOf(root: RunView, count: number): Promise<RunView[]> {
  const find = async (): Promise<RunView[]> => {
    const answer = await house.control('/api/v1/runs?trigger=after&limit=500');
    const { items } = z.object({ items: z.array(runSummaryView) }).parse(await answer.json());
    const runs = await Promise.all(items.map(({ id }) => runOf(id)));
    return runs.filter(({ afterRun }) => afterRun === root.id);
  };
  await until(async () => {
    const found = await find();
    return found.length >= count && found.every(({ finishedAt }) => finishedAt !== null);
  }, `${count} runs that follow`);
  return (await find()).toSorted((a, b) => (a.job < b.job ? -1 : 1));
}

it('a success is followed, and the follower is told of it; and so on down the chain', async () => {
  const root = await start('root');
  const followers = await followersOf(root, 2);
  expect(followers).toMatchObject([
    { job: 'any', trigger: 'after', scheduledAt: null, result: `${root.id} succeeded made` },
    { job: 'good', trigger: 'after', requestedBy: null, result: `${root.id} succeeded made` },
  ]);
  const good = followers[1] ?? root;
  expect(await followersOf(good, 1)).toMatchObject([
    { job: 'second', result: `${good.id} succeeded ${good.result}` },
  ]);
});

it.each([
  ['fail', 'failed'],
  ['late', 'timed_out'],
])('%s: %s is a failure', async (exit, status) => {
  const root = await start('root', { params: { exit } });
  expect(await followersOf(root, 2)).toMatchObject([
    { job: 'any', result: `${root.id} ${status} made` },
    { job: 'bad', result: `${root.id} ${status} made` },
  ]);
});

it('a canceled run has ended, and neither succeeded nor failed', async () => {
  const root = await start('root', { params: { exit: 'late' } });
  await house.control(`/api/v1/runs/${root.id}/cancel`, post());
  expect(await followersOf(root, 1)).toMatchObject([{ job: 'any', status: 'succeeded' }]);
});

it('a run again by hand counts; a run alone is followed by none', async () => {
  const alone = await start('root', { alone: true });
  await ended(alone.id);
  const answer = await house.control(`/api/v1/runs/${alone.id}/retry`, post());
  const again = runView.parse(await answer.json());
  expect(await followersOf(again, 2)).toMatchObject([{ job: 'any' }, { job: 'good' }]);
  expect(await followersOf(alone, 0)).toEqual([]);
});

it('a switch of a follower counts, and so does its overlap policy', async () => {
  await house.control('/api/v1/jobs/any/disable', post());
  await house.control('/api/v1/jobs/off/enable', post());
  expect(await followersOf(await start('root'), 2)).toMatchObject([
    { job: 'good' },
    { job: 'off' },
  ]);
  await house.control('/api/v1/jobs/any/reset', post());
  await house.control('/api/v1/jobs/off/reset', post());

  const first = await start('busy');
  await ended(first.id);
  const second = await start('busy');
  expect(await followersOf(second, 1)).toMatchObject([
    { job: 'after-busy', status: 'skipped', reason: expect.stringContaining('is not over yet') },
  ]);
  const answer = await house.control('/api/v1/runs?job=after-busy&status=running');
  const { items } = z.object({ items: z.array(runSummaryView) }).parse(await answer.json());
  expect(items).toHaveLength(1);
  for (const { id } of items) await house.control(`/api/v1/runs/${id}/cancel`, post());
});

it('a result of whatever bytes fits a variable', async () => {
  const [follower] = await followersOf(await start('big'), 1);
  // Every byte that is no UTF-8 is a character of three, and none is cut.
  expect(follower).toMatchObject({ succeeded: true });
  expect(Number(follower?.result)).toBe(65_535);
});

it('is shown as what it is', async () => {
  const job = jobView.parse(await (await house.control('/api/v1/jobs/bad')).json());
  expect(job).toMatchObject({
    schedule: '@after-failed root',
    scheduleText: 'After root failed',
    after: { job: 'root', when: 'failed' },
    zone: null,
    nextSlots: [],
  });
});

it('what follows is decided by the crontab in force at the end', async () => {
  const root = await start('root', { params: { exit: 'late' } });
  const changed = CRONTAB.replace('@after-failed root', '@after-failed busy').replace(
    '@after-ended root',
    '@after-failed root',
  );
  await writeFile(join(house.directory, 'source/app/crontab.txt'), changed);
  await until(async () => {
    const job = jobView.parse(await (await house.control('/api/v1/jobs/any')).json());
    return job.after?.when === 'failed';
  }, 'the new crontab');
  await until(async () => (await runOf(root.id)).finishedAt !== null, 'the end');
  const [follower] = await followersOf(root, 1);
  expect(follower).toMatchObject({ job: 'any' });
  // And in the release that is current by then.
  const current = await (await house.control('/api/v1/status')).json();
  expect(follower?.release).toBe(statusView.parse(current).release?.revision);
  expect(follower?.release).not.toBe(root.release);
});
