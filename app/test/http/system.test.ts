import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { settingList, systemView, type SystemView } from '../../src/api/system.ts';
import { startTestServer, type TestServer } from '../record/test-database.ts';
import { bearer, openHouse, PASSWORD, post, type House } from './house.ts';

const CRONTAB = `
# @name quick
@manual true
`;

let server: TestServer;
let house: House;
beforeAll(async () => {
  server = await startTestServer();
  house = await openHouse({
    crontab: CRONTAB,
    databaseUrl: await server.createDatabase(),
    environment: { KEEP_RUNS_DAYS: '7', JOURNAL_LIMIT_MB: '64' },
  });
});
afterAll(async () => {
  await house[Symbol.asyncDispose]();
  await server.stop();
});

const system = async (): Promise<SystemView> =>
  systemView.parse(await (await house.control('/api/v1/system')).json());

it('tells versions, room and what is kept', async () => {
  await house.control('/scripts/quick?wait=20', post());
  await expect
    .poll(async () => await (await house.control('/api/v1/runs?status=succeeded')).json(), {
      timeout: 20_000,
    })
    .toMatchObject({ items: [{ job: 'quick' }] });
  const told = await system();
  expect(told).toMatchObject({
    versions: {
      gitcron: '0.1.0',
      node: process.versions.node,
      database: expect.stringMatching(/^\d+(\.\d+)?/),
      gitSync: null,
    },
    retention: { runsDays: 7, runsPerJob: 10_000, journalBytes: 64 * 1024 * 1024, releases: 10 },
    stateVolume: { releases: { count: 1 }, dependencies: { count: 0, bytes: 0 } },
  });
  expect(told.history).toMatchObject({ runs: 1, oldestRunAt: expect.any(String) });
  expect(told.history?.bytes).toBeGreaterThan(100_000);
  expect(told.history?.databaseBytes).toBeGreaterThan(told.history?.bytes ?? Infinity);
  expect(told.memoryBytes).toBeGreaterThan(30_000_000);
  expect(told.stateVolume.totalBytes).toBeGreaterThan(told.stateVolume.freeBytes ?? Infinity);
  expect(Date.parse(told.startedAt) + told.uptimeSec * 1000).toBeLessThanOrEqual(Date.now());
});

const dependencies = async () => (await system()).stateVolume.dependencies;

it('measures each tree once, and forgets those that are gone', async () => {
  await expect.poll(async () => (await system()).stateVolume.releases.bytes).toBeGreaterThan(0);
  const tree = join(house.stateDirectory, 'deps', 'a-hash');
  mkdirSync(tree);
  writeFileSync(join(tree, 'package.js'), 'x'.repeat(1_000_000));
  // What is being made does not count yet.
  mkdirSync(join(house.stateDirectory, 'deps', '.unfinished-other'));
  await expect.poll(async () => (await dependencies()).bytes).toBeGreaterThan(900_000);
  const before = await dependencies();
  expect(before.count).toBe(1);
  writeFileSync(join(tree, 'more.js'), 'x'.repeat(1_000_000));
  expect(await dependencies()).toEqual(before);
  rmSync(tree, { recursive: true });
  expect(await dependencies()).toEqual({ count: 0, bytes: 0 });
});

it('tells git-sync’s version where it fills the source', async () => {
  const status = {
    ...{ version: '9.8.7', state: 'ok', repository: 'https://example.com/a.git', ref: 'main' },
    ...{ current: null, lastAttemptAt: null, lastSuccessAt: null, nextAttemptAt: null },
    ...{ failures: 0, error: null },
  };
  writeFileSync(join(house.directory, 'source/status.json'), JSON.stringify(status));
  expect((await system()).versions.gitSync).toBe('9.8.7');
});

it('shows settings to admins alone, and no secret to anybody', async () => {
  const answer = await house.control('/api/v1/settings');
  const text = await answer.text();
  const { items } = settingList.parse(JSON.parse(text));
  const byName = new Map(items.map((item) => [item.name, item]));
  expect(byName.get('KEEP_RUNS_DAYS')).toMatchObject({ value: '7', from: 'environment' });
  expect(byName.get('ADMIN_PASSWORD')).toMatchObject({ value: null, isSet: true });
  expect(text).not.toContain(PASSWORD);
  for (const [scope, status] of [
    ['read', 403],
    ['operate', 403],
    ['admin', 200],
  ] as const) {
    const headers = bearer(await house.token(scope));
    expect((await house.ask('/api/v1/settings', { headers })).status).toBe(status);
    expect((await house.ask('/api/v1/system', { headers })).status).toBe(200);
  }
  expect((await house.ask('/api/v1/system')).status).toBe(401);
});
