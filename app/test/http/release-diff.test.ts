import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { releaseDiff, rollbackPreview } from '../../src/api/release-diff.ts';
import { query, startTestServer, type TestServer } from '../record/test-database.ts';
import { manifestFor } from '../release/support/npm-registry.ts';
import { answerOf } from './ask-house.ts';
import { openScene, planned, SECRET } from './git-scene.ts';
import { post } from './house.ts';
import { until } from '../../../base/test/until.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

it('tells two releases apart, forward and back, and what a rollback would do', async () => {
  const { house, first, push, databaseUrl } = await openScene(server, {
    'app/crontab.txt': `# @name stays\n@manual sleep 60\n# @name changes\n0 2 * * * old\n# @name goes\n@manual true\n`,
    'package.json': manifestFor('hello'),
    'a.txt': '1',
  });
  const second = await push({ 'a.txt': '2', 'b.txt': 'passing' }, `Use ${SECRET}`);
  const third = await push(
    {
      'app/crontab.txt': `# A line more.\n\n# @name stays\n@manual sleep 60\n# @name changes\n# @timeout 5m\n0 3 * * * new ${SECRET}\n# @name comes\n@manual true\n`,
      'package.json': manifestFor('other'),
      'b.txt': null,
      'c.txt': 'new',
    },
    'Third',
  );
  const diff = await answerOf(
    house,
    `/api/v1/releases/${first.slice(0, 8)}/diff/${third.slice(0, 8)}`,
    releaseDiff,
  );
  expect(diff).toMatchObject({
    from: { revision: first, subject: 'First' },
    to: { revision: third, subject: 'Third', author: 'Ann Lee' },
    jobs: {
      added: [{ slug: 'comes', line: 9 }],
      removed: [{ slug: 'goes', line: 6 }],
      changed: [
        {
          from: { slug: 'changes', schedule: '0 2 * * *', command: 'old', line: 4 },
          to: { schedule: '0 3 * * *', settings: { timeoutMs: 300_000 }, line: 7 },
        },
      ],
    },
    packages: [
      { language: 'node', name: 'hello', from: ['1.0.0'], to: [] },
      { language: 'node', name: 'other', from: [], to: ['1.0.0'] },
    ],
    files: {
      total: 4,
      items: [
        { path: 'a.txt', change: 'modified' },
        { path: 'app/crontab.txt', change: 'modified' },
        { path: 'c.txt', change: 'added' },
        { path: 'package.json', change: 'modified' },
      ],
    },
    commits: { direction: 'added', total: 2, items: [{ hash: third }, { hash: second }] },
  });
  expect(JSON.stringify(diff)).not.toContain(SECRET);

  const back = await answerOf(house, `/api/v1/releases/${third}/diff/${first}`, releaseDiff);
  expect(back.files?.items).toContainEqual({ path: 'c.txt', change: 'deleted' });
  expect(back).toMatchObject({
    jobs: { added: [{ slug: 'goes' }], removed: [{ slug: 'comes' }] },
    commits: { direction: 'removed', total: 2 },
  });

  expect((await house.control('/api/v1/jobs/stays/runs', post({}))).status).toBeLessThan(300);
  const preview = async () =>
    answerOf(house, `/api/v1/releases/${first}/rollback-preview`, rollbackPreview);
  await until(async () => (await preview()).runsGoingOn.length === 1, 'the run');
  expect(await preview()).toMatchObject({
    from: { revision: third },
    to: { revision: first },
    dependenciesThere: true,
    runsGoingOn: [{ job: 'stays' }],
    sentence:
      '1 job changes, 1 disappears, 1 is added, its dependencies are there, 1 run goes on in the release it began in.',
  });
  expect((await house.control('/api/v1/releases/ffff/rollback-preview')).status).toBe(404);
  expect((await house.control(`/api/v1/releases/ffff/diff/${first}`)).status).toBe(404);

  const times = async () =>
    (
      await query(
        databaseUrl,
        `SELECT first_activated_at AS first, activated_at AS last FROM gitcron.releases
         WHERE revision = '${third}'`,
      )
    ).rows;
  const before = await times();
  await house.restart();
  await until(async () => {
    const { rowCount } = await query(
      databaseUrl,
      `SELECT FROM gitcron.events WHERE type = 'release_activated'
       AND detail ->> 'reason' = 'start'`,
    );
    return rowCount === 1;
  }, 'the start');
  expect(await times()).toEqual(before);
}, 120_000);

it('counts what a rejected commit changed among what lies between two releases', async () => {
  const { house, origin, sync, first, push, databaseUrl } = await openScene(server, {
    'app/crontab.txt': '@manual true\n',
    'a.txt': '1',
  });
  const rejected = await origin.commit(
    { 'app/crontab.txt': '99 * * * * true\n', 'b.txt': '1' },
    'No',
  );
  await sync.syncNow();
  const text = `SELECT FROM gitcron.releases WHERE revision = '${rejected}' AND status = 'rejected'`;
  await until(async () => (await query(databaseUrl, text)).rowCount === 1, 'the rejection', 60_000);
  const mended = await push({ 'app/crontab.txt': '@manual true\n', 'a.txt': '2' }, 'Mend it');
  const diffOf = () => answerOf(house, `/api/v1/releases/${first}/diff/${mended}`, releaseDiff);
  await until(
    async () => (await diffOf()).files !== null,
    'the changes of the rejected one',
    60_000,
  );
  expect(await diffOf()).toMatchObject({
    // The crontab was altered twice: that it is the same again is not known.
    files: {
      total: 3,
      items: [{ path: 'a.txt' }, { path: 'app/crontab.txt' }, { path: 'b.txt', change: 'added' }],
    },
    commits: { total: 2, items: [{ hash: mended }, { hash: rejected }] },
  });
});

it('counts what was pushed while no supervisor ran, commit by commit', async () => {
  const { house, origin, sync, first, databaseUrl } = await openScene(server, {
    'app/crontab.txt': '@manual true\n',
    'a.txt': '1',
  });
  const passed: string[] = [];
  let last = first;
  await house.restart(async () => {
    for (const [path, subject] of [
      ['b.txt', 'Passed over'],
      ['c.txt', 'Passed over, too'],
      ['d.txt', 'Taken'],
    ] as const) {
      last = await origin.commit({ [path]: '1' }, subject);
      passed.push(last);
      await sync.syncNow();
    }
  });
  await planned(databaseUrl, last, true);
  const diffOf = () => answerOf(house, `/api/v1/releases/${first}/diff/${last}`, releaseDiff);
  await until(async () => (await diffOf()).files !== null, 'the changes of all', 60_000);
  expect(await diffOf()).toMatchObject({
    files: { total: 3, items: [{ path: 'b.txt' }, { path: 'c.txt' }, { path: 'd.txt' }] },
    commits: { total: 3, items: passed.toReversed().map((hash) => ({ hash })) },
  });
  const { items } = await answerOf(house, '/api/v1/revisions', revisions);
  expect(items.map(({ revision }) => revision)).toEqual([...passed.toReversed(), first]);
  expect(items.map(({ status }) => status)).toEqual(['active', 'noticed', 'noticed', 'inactive']);
});

const revisions = z.object({
  items: z.array(z.object({ revision: z.string(), status: z.string() })),
});
