import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { jobChanges, jobCrontab } from '../../src/api/job-crontab.ts';
import { revisionView } from '../../src/api/revision.ts';
import { timelineMarks } from '../../src/api/timeline-mark.ts';
import { statusView } from '../../src/api/status.ts';
import { startTestServer, type TestServer } from '../record/test-database.ts';
import { manifestFor } from '../release/support/npm-registry.ts';
import { until } from '../../../base/test/until.ts';
import { answerOf } from './ask-house.ts';
import { openScene, SECRET } from './git-scene.ts';
import { post } from './house.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const revisions = z.object({ items: z.array(revisionView), next: z.string().nullable() });

it('tells of each commit how long it took, and of a rejected one what helps to mend it', async () => {
  const { house, first, push, origin, sync } = await openScene(server, {
    'app/crontab.txt': '@manual true\n',
    'package.json': manifestFor('hello'),
  });
  const second = await push({ 'a.txt': '1', 'b.txt': '2' }, 'Second');
  const all = async () => (await answerOf(house, '/api/v1/revisions', revisions)).items;
  const of = async (revision: string) => (await all()).find((one) => one.revision === revision);
  // What git-sync tells is looked at now and then: the next commit would take its place.
  await until(async () => (await of(second))?.syncMs !== null, 'what git-sync told', 60_000);
  const rejected = async (changes: Record<string, string>) => {
    const revision = await origin.commit(changes, 'Broken');
    await sync.syncNow();
    await until(async () => (await of(revision))?.status === 'rejected', 'the rejection', 60_000);
    return of(revision);
  };
  const crontab = await rejected({ 'app/crontab.txt': `@manual true\n61 * * * * ${SECRET}\n` });
  expect(crontab).toMatchObject({
    rejectedCode: 'GITCRON_E_CRONTAB',
    rejection: { place: 'app/crontab.txt:2', output: [], willRetry: false },
    activationMs: null,
  });
  expect(crontab?.rejection?.hint).toMatch(/^\S.*\.$/);
  const install = await rejected({
    'app/crontab.txt': '@manual true\n',
    'package.json': manifestFor('nowhere'),
  });
  expect(install).toMatchObject({
    rejectedCode: 'GITCRON_E_INSTALL',
    rejection: { place: 'package.json' },
    installMs: null,
  });
  expect(install?.rejection?.output.join('\n')).toContain('nowhere');
  const status = await answerOf(house, '/api/v1/status', statusView);
  expect(status.rejected).toMatchObject({
    place: 'package.json',
    hint: install?.rejection?.hint,
    output: install?.rejection?.output,
  });
  expect(JSON.stringify([await all(), status])).not.toContain(SECRET);
  expect(await of(second)).toMatchObject({
    status: 'active',
    previous: first,
    changes: { added: 2, modified: 0, deleted: 0, commits: 1 },
    rejection: null,
    // Its dependencies were there.
    installMs: null,
    activationMs: expect.any(Number),
    syncMs: expect.any(Number),
  });
  const begun = await of(first);
  expect(begun?.installMs).toBeGreaterThan(0);
  expect(begun?.activationMs).toBeGreaterThanOrEqual(begun?.installMs ?? Infinity);
}, 180_000);

it('tells where a job stands, and what the releases changed of it, a rollback among them', async () => {
  const { house, first, push } = await openScene(server, {
    'app/crontab.txt': `# @name other\n@manual true\n\n# Tells the time.\n# @name clock\n@manual date\n`,
  });
  const second = await push(
    {
      'app/crontab.txt': `# Reads ${SECRET}.\n# @name clock\n# @timeout 5m\n0 3 * * * date -u\n# @name comes\n@manual true\n`,
    },
    'Second',
  );
  await push({ 'a.txt': 'no line of a crontab' }, 'Third');
  expect(await answerOf(house, '/api/v1/jobs/clock/crontab', jobCrontab)).toMatchObject({
    file: 'app/crontab.txt',
    job: { slug: 'clock', line: 4, zone: 'UTC', settings: { timeoutMs: 300_000, retries: 0 } },
    set: ['timeoutMs'],
    lines: [
      { line: 1, text: '# Reads ***.' },
      { line: 2, text: '# @name clock' },
      { line: 3, text: '# @timeout 5m' },
      { line: 4, text: '0 3 * * * date -u' },
    ],
  });
  // A switch is not in the crontab.
  expect((await house.control('/api/v1/jobs/clock/disable', post())).status).toBe(200);
  const { job, set } = await answerOf(house, '/api/v1/jobs/clock/crontab', jobCrontab);
  expect([job.settings['disabled'], set]).toEqual([false, ['timeoutMs']]);

  expect((await house.control('/api/v1/rollback', post({ revision: first }))).status).toBe(200);
  const changes = (slug: string, query = '') =>
    answerOf(house, `/api/v1/jobs/${slug}/changes${query}`, jobChanges);
  await until(async () => (await changes('clock')).items.length === 3, 'the rollback');
  const { items, next } = await changes('clock');
  expect(next).toBeNull();
  expect(items).toMatchObject([
    { release: first, reason: 'rollback', change: 'changed', to: { command: 'date', line: 6 } },
    {
      release: second,
      reason: 'new revision',
      change: 'changed',
      subject: 'Second',
      from: { schedule: '@manual', command: 'date' },
      to: { schedule: '0 3 * * *', command: 'date -u', settings: { timeoutMs: 300_000 } },
    },
    { release: first, change: 'first', from: null },
  ]);
  const ofOthers = { other: await changes('other'), comes: await changes('comes') };
  expect(ofOthers).toMatchObject({
    other: { items: [{ change: 'added' }, { change: 'removed', to: null }, { change: 'first' }] },
    comes: { items: [{ change: 'removed' }, { change: 'added', from: null }] },
  });
  const marks = async () => (await answerOf(house, '/api/v1/marks', timelineMarks)).items;
  await until(async () => (await marks()).some(({ by }) => by !== null), 'who rolled back');
  const started = Date.now();
  await house.restart();
  const told = await marks();
  const [outage] = told.filter(({ kind }) => kind === 'outage');
  expect(told.filter((one) => one !== outage)).toMatchObject([
    { kind: 'release', release: first },
    { kind: 'release', release: second, subject: 'Second' },
    { kind: 'release', subject: 'Third' },
    { kind: 'rollback', release: first, by: 'command line' },
  ]);
  // It begins when slots were looked at last, which is seldom where none is due.
  expect(Date.parse(outage?.at ?? '')).toBeLessThanOrEqual(started);
  expect(Date.parse(outage?.until ?? '')).toBeGreaterThanOrEqual(started);
  // Page by page it is the same.
  const paged: unknown[] = [];
  let before: string | null = '';
  do {
    const page: z.output<typeof jobChanges> = await changes(
      'clock',
      `?limit=1${before === '' ? '' : `&before=${before}`}`,
    );
    paged.push(...page.items);
    before = page.next;
  } while (before !== null);
  expect(paged).toEqual(items);
  expect((await house.control('/api/v1/jobs/nothing/crontab')).status).toBe(404);
}, 180_000);
