import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { jobView } from '../../src/api/job.ts';
import { statusView, type StatusView } from '../../src/api/status.ts';
import { isWell } from '../../src/cli/status.ts';
import { startTestServer, type TestServer } from '../record/test-database.ts';
import { openHouse, post, type House } from './house.ts';
import { until } from '../../../base/test/until.ts';

const CRONTAB = `
# @name yearly
# @overlap allow
@manual exit $(printf '%s' "$GITCRON_PARAMS" | tr -cd 0-9)
# @name fine
# @overlap allow
@manual true
`;

let server: TestServer;
let proxy: StallingProxy;
let house: House;
beforeAll(async () => {
  server = await startTestServer();
  const url = new URL(await server.createDatabase());
  proxy = await stallingProxy(Number(url.port));
  url.port = String(proxy.port);
  house = await openHouse({ crontab: CRONTAB, databaseUrl: url.href });
});
afterAll(async () => {
  await house[Symbol.asyncDispose]();
  proxy.close();
  await server.stop();
});

const run = (code: number) => house.control('/scripts/yearly?wait=20', post({ code }));
const acknowledge = (job: string) => house.control(`/api/v1/jobs/${job}/acknowledge`, post());

async function status(): Promise<StatusView> {
  return statusView.parse(await (await house.control('/api/v1/status')).json());
}

async function metric(line: RegExp): Promise<number> {
  const text = await (await house.control('/metrics')).text();
  return Number(line.exec(text)?.[1] ?? Number.NaN);
}

it('a failed job that is acknowledged counts as failing no longer, until it fails again', async () => {
  expect((await acknowledge('fine')).status).toBe(409);
  expect((await acknowledge('nobody')).status).toBe(404);
  await run(7);
  const failed = await status();
  expect([failed.schedule.failing, isWell(failed)]).toEqual([['yearly'], false]);
  expect(failed.needs).toMatchObject([
    { code: 'job_failing', job: 'yearly', since: expect.stringMatching(/^\d{4}-/) },
  ]);
  expect(await metric(/^gitcron_needs\{code="job_failing"\} (\d+)$/m)).toBe(1);
  expect(await metric(/^gitcron_jobs_failing (\d+)$/m)).toBe(1);

  const answer = jobView.parse(await (await acknowledge('yearly')).json());
  expect(answer.acknowledged).toMatchObject({ by: 'command line' });
  const seen = await status();
  expect([seen.schedule.failing, isWell(seen)]).toEqual([[], true]);
  expect(await metric(/^gitcron_jobs_failing (\d+)$/m)).toBe(0);

  // The board has forgotten it after a restart: history tells which run it was.
  await house.restart();
  await until(async () => (await status()).record?.prepared === true, 'the database');
  expect((await status()).schedule.failing).toEqual([]);
  await run(7);
  expect((await status()).schedule.failing).toEqual(['yearly']);
  await run(0);
  expect((await status()).schedule.failing).toEqual([]);
}, 60_000);

it('metrics tell when each job ran and succeeded last, also after a restart', async () => {
  const before = Math.floor(Date.now() / 1000);
  await run(0);
  const succeeded = await metric(
    /^gitcron_job_last_success_timestamp_seconds\{job="yearly"\} (\S+)$/m,
  );
  expect(succeeded).toBeGreaterThanOrEqual(before);
  await run(7);
  const ran = await metric(/^gitcron_job_last_run_timestamp_seconds\{job="yearly"\} (\S+)$/m);
  expect(ran).toBeGreaterThan(succeeded);
  await acknowledge('yearly');
  await house.restart();
  await until(async () => (await status()).record?.prepared === true, 'the database');
  const last = /^gitcron_job_last_success_timestamp_seconds\{job="yearly"\} (\S+)$/m;
  await until(async () => (await metric(last)) === succeeded, 'what history knows');
  expect(await metric(/^gitcron_job_last_run_timestamp_seconds\{job="yearly"\} (\S+)$/m)).toBe(ran);
  expect(await metric(/^gitcron_revision_rejected (\d+)$/m)).toBe(0);
}, 60_000);

it('status answers at once while the database hangs, and knows what it knew', async () => {
  await run(7);
  expect((await status()).schedule.failing).toEqual(['yearly']);
  proxy.stall();
  try {
    for (const path of [
      '/api/v1/status',
      '/api/v1/jobs',
      '/metrics',
      '/readyz',
      '/api/v1/jobs/yearly',
    ]) {
      const from = performance.now();
      expect((await house.control(path)).status).toBe(200);
      // Its own limit is 30 s; the first to ask waits for half a second.
      expect([path, performance.now() - from < 5000]).toEqual([path, true]);
    }
    expect((await status()).schedule.failing).toEqual(['yearly']);
  } finally {
    proxy.goOn();
  }
}, 60_000);

it('"Try it out" of the documentation starts nothing with invented parameters', async () => {
  const body = z.object({ content: z.record(z.string(), z.unknown()) });
  const described = z
    .object({ paths: z.record(z.string(), z.record(z.string(), z.looseObject({}))) })
    .parse(await (await house.control('/api/v1/openapi.json')).json());
  for (const path of ['/scripts/{slug}', '/api/v1/jobs/{slug}/runs']) {
    const { content } = body.parse(described.paths[path]?.['post']?.['requestBody']);
    const { example } = z.object({ example: z.unknown() }).parse(content['application/json']);
    expect([path, example]).toEqual([path, {}]);
    const answer = await house.control(path.replace('{slug}', 'fine'), post(example));
    expect(await answer.json()).toMatchObject({ job: 'fine', params: null });
  }
});

interface StallingProxy {
  readonly port: number;
  /** From now on nothing gets through; connections stay, and new ones are taken. */
  stall(): void;
  goOn(): void;
  close(): void;
}

async function stallingProxy(target: number): Promise<StallingProxy> {
  const sockets = new Set<Socket>();
  let isStalled = false;
  const listener: Server = createServer((client) => {
    const behind = connect(target, '127.0.0.1');
    for (const socket of [client, behind]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.once('close', () => sockets.delete(socket));
    }
    client.on('data', (bytes) => behind.write(bytes)).once('close', () => behind.destroy());
    behind.on('data', (bytes) => client.write(bytes)).once('close', () => client.destroy());
    if (isStalled) for (const socket of [client, behind]) socket.pause();
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const address = listener.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    stall() {
      isStalled = true;
      for (const socket of sockets) socket.pause();
    },
    goOn() {
      isStalled = false;
      for (const socket of sockets) socket.resume();
    },
    close() {
      for (const socket of sockets) socket.destroy();
      listener.close();
    },
  };
}
