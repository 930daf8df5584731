import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { jobView } from '../../src/api/job.ts';
import { chunkView } from '../../src/api/output.ts';
import { runSummaryView, runView, type RunView } from '../../src/api/run.ts';
import { statusView } from '../../src/api/status.ts';
import {
  query as queryDatabase,
  startTestServer,
  type TestServer,
} from '../record/test-database.ts';
import { answerOf } from './ask-house.ts';
import { openHouse, post, type House } from './house.ts';
import { until } from '../../../base/test/until.ts';

const SECRET = 'correct-horse-battery';
const PIN = '48151623';

const CRONTAB = `
# Says what it was told.
# @name echo
@manual echo "$GITCRON_PARAMS"; echo oops >&2; printf 'The answer is 42' > $GITCRON_RESULT_FILE
# @name fails
@manual printf 'no %s\\n  at line 1\\n' "$MY_TOKEN" >&2; echo Error: connection refused >&2; exit 7
# Logs in with ${SECRET}.
# @name leaks
@manual printf 'my %s' "$MY_TOKEN"; printf '%s\\n' "and $MY_TOKEN"; echo "$MY_TOKEN" > $GITCRON_RESULT_FILE
# @name sleeper
@manual sleep 60
# @name scheduled
0 2 * * * true
`;

const page = z.object({
  items: z.array(runSummaryView),
  next: z.string().nullable(),
  complete: z.boolean(),
});

let server: TestServer;
let databaseUrl: string;
let house: House;
beforeAll(async () => {
  server = await startTestServer({ ownServer: true });
  databaseUrl = await server.createDatabase();
  house = await openHouse({
    crontab: CRONTAB,
    databaseUrl,
    environment: { MY_TOKEN: SECRET, MY_PIN: PIN, SECRET_ENV: 'MY_TOKEN, MY_PIN' },
  });
});
afterAll(async () => {
  await house[Symbol.asyncDispose]();
  await server.stop();
});

async function run(job: string, params = {}): Promise<RunView> {
  const answer = await house.control(`/scripts/${job}?wait=20`, post(params));
  return runView.parse(await answer.json());
}

const get = <Schema extends z.ZodType>(path: string, schema: Schema): Promise<z.output<Schema>> =>
  answerOf(house, path, schema);

it('lists what just ran, narrowed and page by page', async () => {
  const began = new Date().toISOString();
  const echo = await run('echo');
  const failed = await run('fails');
  const ids = async (query: string) =>
    (await get(`/api/v1/runs?${query}`, page)).items.map(({ id }) => id);

  expect(await ids('')).toEqual([failed.id, echo.id]);
  expect(await ids('job=echo')).toEqual([echo.id]);
  expect(await ids('status=failed,lost')).toEqual([failed.id]);
  expect(await ids('status=failed&status=succeeded')).toEqual([failed.id, echo.id]);
  expect(await ids('trigger=schedule')).toEqual([]);
  expect(await ids('text=answer%20is')).toEqual([echo.id]);
  expect(await ids('text=code%207')).toEqual([failed.id]);
  expect(await ids('text=connection%20refused')).toEqual([failed.id]);
  expect(await ids(`release=${echo.release?.slice(0, 8)}`)).toEqual([failed.id, echo.id]);
  expect(await ids(`from=${began}`)).toEqual([failed.id, echo.id]);
  expect(await ids(`to=${began}`)).toEqual([]);

  const first = await get('/api/v1/runs?limit=1', page);
  expect(first).toMatchObject({ items: [{ id: failed.id }], complete: true });
  for (const before of [first.next, failed.id]) {
    const second = await get(`/api/v1/runs?limit=1&before=${before}`, page);
    expect(second).toMatchObject({ items: [{ id: echo.id }], next: null });
  }
  for (const query of ['status=bad', 'limit=0', 'text=ab', 'unknown=1', 'before=x']) {
    expect((await house.control(`/api/v1/runs?${query}`)).status).toBe(400);
  }
});

it('tells the error of a run whole, and in lists by the line that says most', async () => {
  const { id } = await run('fails');
  const told = { errorLine: 'Error: connection refused', resultLine: null };
  const whole = { ...told, error: 'no ***\n  at line 1\nError: connection refused' };
  expect(await get(`/api/v1/runs/${id}`, runView)).toMatchObject(whole);
  const echo = await run('echo');
  expect(echo).toMatchObject({ errorLine: null, error: null, resultLine: 'The answer is 42' });
  const listed = async () => (await get('/api/v1/runs?limit=2', page)).items;
  expect(await listed()).toMatchObject([
    { id: echo.id, resultLine: 'The answer is 42' },
    { id, ...told },
  ]);
  await house.restart();
  expect(await get(`/api/v1/runs/${id}`, runView)).toMatchObject(whole);
  expect(await listed()).toMatchObject([
    { id: echo.id, resultLine: 'The answer is 42' },
    { id, ...told },
  ]);
});

it('keeps a run over a restart, and finds it by the digits that the log shows', async () => {
  const before = await run('echo', { a: 1 });
  await house.restart();
  expect(await get(`/api/v1/runs/${before.id.slice(-8)}`, runView)).toEqual(before);
  expect((await house.control('/api/v1/runs/00000000')).status).toBe(404);
  expect((await house.control('/api/v1/runs/no-run')).status).toBe(400);
});

it('gives the output by range, by stream and as a file', async () => {
  const { id, job } = await run('echo', { a: 'é' });
  const part = z.object({ items: z.array(chunkView), next: z.int().nullable() });
  const all = await get(`/api/v1/runs/${id}/output`, part);
  expect(all.items.map(({ stream, text }) => [stream, text])).toEqual([
    ['stdout', '{"a":"é"}\n'],
    ['stderr', 'oops\n'],
  ]);
  const rest = await get(`/api/v1/runs/${id}/output?after=${all.items[0]?.sequence}`, part);
  expect(rest.items).toEqual(all.items.slice(1));
  expect(await get(`/api/v1/runs/${id}/output?after=${all.next}`, part)).toEqual({
    items: [],
    next: null,
  });

  const file = await house.control(`/api/v1/runs/${id}/output/download?stream=stdout`);
  expect(file.headers.get('content-disposition')).toBe(`attachment; filename="${job}-${id}.log"`);
  expect(await file.text()).toBe('{"a":"é"}\n');
});

it('shows no secret: not in log, output, result, parameters or the description of a job', async () => {
  const { id, result } = await run('leaks');
  expect(result).toBe('***\n');
  expect(await (await house.control(`/api/v1/runs/${id}/output/download`)).text()).toBe(
    'my ***and ***\n',
  );
  const everything = await (await house.control('/api/v1/runs?limit=100')).text();
  expect(everything).not.toContain(SECRET);
  expect(await (await house.control('/api/v1/jobs')).text()).not.toContain(SECRET);
  const told = await run('echo', { token: SECRET, pin: Number(PIN) });
  expect(told.params).toEqual({ token: '***', pin: '***' });
  const retried = await house.control(`/api/v1/runs/${told.id}/retry`, post());
  expect([retried.status, await retried.json()]).toMatchObject([
    409,
    { code: 'GITCRON_E_PARAMS_MASKED' },
  ]);
  expect(await readFile(house.logFile, 'utf8')).not.toContain(SECRET);
});

it('shows no secret in what it says of a wrong request', async () => {
  for (const path of [
    `/nowhere/${SECRET}`,
    `/api/v1/runs?${SECRET}=1`,
    `/api/v1/runs?status=${SECRET}`,
    `/api/v1/jobs/${SECRET}/slots?count=${SECRET}`,
  ]) {
    const answer = await house.control(path);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(await answer.text()).not.toContain(SECRET);
  }
});

it('starts a run again whose parameters merely look masked', async () => {
  const told = await run('echo', { stars: '***' });
  const again = async () => (await house.control(`/api/v1/runs/${told.id}/retry`, post())).status;
  expect(await again()).toBe(202);
  await house.restart();
  expect(await again()).toBe(202);
});

const scheduledJob = () => get('/api/v1/jobs/scheduled', jobView);

it('enables, disables and resets a job, over a restart', async () => {
  expect(await scheduledJob()).toMatchObject({ enabled: true, switch: null });
  expect((await scheduledJob()).nextSlots).toHaveLength(3);
  await house.control('/api/v1/jobs/scheduled/disable', { method: 'POST' });
  await house.restart();
  expect(await scheduledJob()).toMatchObject({
    enabled: false,
    nextSlots: [],
    switch: { enabled: false, by: 'command line' },
  });
  expect(await run('scheduled')).toMatchObject({ status: 'succeeded' });
  await house.control('/api/v1/jobs/scheduled/reset', { method: 'POST' });
  expect(await scheduledJob()).toMatchObject({ enabled: true, switch: null });
});

it('cancels a run, and starts it again with the same parameters', async () => {
  const started = await house.control('/scripts/sleeper', post());
  const { id } = runView.parse(await started.json());
  expect((await house.control(`/api/v1/runs/${id}/retry`, post())).status).toBe(409);
  expect((await house.control(`/api/v1/runs/${id}/cancel`, post())).status).toBe(202);
  const ended = () => get(`/api/v1/runs/${id}`, runView);
  await until(async () => (await ended()).finishedAt !== null, 'its end');
  expect(await ended()).toMatchObject({
    status: 'canceled',
    reason: expect.stringContaining('Canceled by command line'),
  });
  expect((await house.control(`/api/v1/runs/${id}/cancel`, post())).status).toBe(409);

  const first = await run('echo', { month: '2026-10' });
  await house.restart();
  const retried = await house.control(`/api/v1/runs/${first.id}/retry`, post());
  const again = runView.parse(await retried.json());
  expect(again).toMatchObject({ job: 'echo', trigger: 'retry' });
  const output = async () =>
    (await house.control(`/api/v1/runs/${again.id}/output/download?stream=stdout`)).text();
  await until(async () => (await output()) !== '', 'its output');
  expect(await output()).toBe('{"month":"2026-10"}\n');
});

it('tells Prometheus what a page at three in the morning is made of', async () => {
  await run('fails');
  const text = await (await house.control('/metrics')).text();
  for (const name of [
    'gitcron_run_duration_seconds_bucket',
    'gitcron_run_lateness_seconds_bucket',
    'gitcron_jobs_overdue 0',
    'gitcron_journal_bytes',
    'gitcron_last_sync_timestamp_seconds',
    'gitcron_database_up 1',
  ]) {
    expect(text).toContain(name);
  }
  expect(text).toMatch(/gitcron_runs_total\{job="fails",status="failed"\} [1-9]/);
});

it('shows what is stored and what waits while the database takes no writes', async () => {
  const sleeper = runView.parse(await (await house.control('/scripts/sleeper', post())).json());
  const stored = await run('echo');
  await get('/api/v1/runs', page);
  const database = new URL(databaseUrl).pathname.slice(1);
  const writing = new URL(databaseUrl);
  writing.searchParams.set('options', '-c default_transaction_read_only=off');
  const setReadOnly = (value: 'on' | 'off') =>
    queryDatabase(
      writing.href,
      `ALTER DATABASE ${database} SET default_transaction_read_only = ${value};
       SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = '${database}' AND pid <> pg_backend_pid()`,
    );
  await setReadOnly('on');
  const waiting = await run('echo');
  const isDown = async () =>
    (await get('/api/v1/status', statusView)).record?.databaseDown?.reason.includes('read-only');
  await until(async () => (await isDown()) === true, 'that it takes no writes');
  const { items, complete } = await get('/api/v1/runs?limit=2', page);
  expect(items.map(({ id }) => id)).toEqual([waiting.id, stored.id]);
  expect(complete).toBe(false);
  const running = async () => (await get('/api/v1/runs?status=running', page)).items;
  expect((await running()).map(({ id }) => id)).toEqual([sleeper.id]);
  await house.control(`/api/v1/runs/${sleeper.id}/cancel`, post());
  // The database goes on saying that it runs.
  await until(async () => (await running()).length === 0, 'that it runs no more');
  const path = `/api/v1/runs/${stored.id}/output/download?stream=stderr`;
  expect(await (await house.control(path)).text()).toBe('oops\n');
  await setReadOnly('off');
  await until(
    async () => (await get('/api/v1/status', statusView)).record?.databaseDown === null,
    'that it takes writes again',
    30_000,
  );
}, 60_000);

it('works on without the database, says so, and is complete again when it is back', async () => {
  await server.embedded?.stop();
  const during = await run('echo', { during: 'outage' });
  expect(during.status).toBe('succeeded');
  await until(
    async () => (await get('/api/v1/status', statusView)).record?.databaseDown !== null,
    'that the outage is noticed',
  );
  const readiness = await house.ask('/readyz');
  expect(readiness.status).toBe(200);
  expect(await readiness.json()).toEqual({ status: 'ok, but history waits for the database' });
  const listed = await get('/api/v1/runs', page);
  expect(listed.complete).toBe(false);
  expect(listed.items[0]?.id).toBe(during.id);
  expect((await house.control('/api/v1/jobs')).status).toBe(200);
  const output = await house.control(`/api/v1/runs/${during.id}/output`);
  expect(output.status).toBe(503);
  expect(await output.json()).toMatchObject({ code: 'GITCRON_E_DATABASE_AWAY' });
  const away = await house.control('/api/v1/revisions');
  expect(away.status).toBe(503);

  await server.embedded?.start();
  await until(
    async () => (await get('/api/v1/status', statusView)).record?.databaseDown === null,
    'that the database is back',
    30_000,
  );
  await house.restart();
  const kept = await get(`/api/v1/runs/${during.id}`, runView);
  expect(kept).toEqual(during);
}, 60_000);
