import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { runSummaryView, runView, type RunSummaryView, type RunView } from '../../src/api/run.ts';
import { bearer, openHouse, post, type House } from './house.ts';
import { until } from '../../../base/test/until.ts';

const CRONTAB = `
# @name hello
@manual echo hello
# @name params
@manual printf %s "$GITCRON_PARAMS" > $GITCRON_RESULT_FILE
# @name fails
@manual exit 3
# @name slow
@manual sleep 30
# @name brief
# @overlap allow
@manual true
# @name asleep
# @disabled
0 0 1 1 * true
`;

let house: House;
let admin: string;
beforeAll(async () => {
  house = await openHouse({ crontab: CRONTAB });
  admin = await house.token('admin');
});
afterAll(() => house[Symbol.asyncDispose]());

const start = (path: string, headers: Record<string, string> = {}) =>
  house.ask(`/scripts/${path}`, { method: 'POST', headers: { ...bearer(admin), ...headers } });

async function runOf(answer: { json(): Promise<unknown> }): Promise<RunView> {
  return runView.parse(await answer.json());
}

async function runsOf(job: string): Promise<RunSummaryView[]> {
  const answer = await house.control(`/api/v1/runs?job=${job}&limit=500`);
  return z.object({ items: z.array(runSummaryView) }).parse(await answer.json()).items;
}

async function endRuns(job: string): Promise<void> {
  for (const { id, finishedAt } of await runsOf(job)) {
    if (finishedAt === null) await house.control(`/api/v1/runs/${id}/cancel`, post());
  }
  await until(
    async () => (await runsOf(job)).every(({ finishedAt }) => finishedAt !== null),
    `the end of ${job}`,
  );
}

describe('POST /scripts/<slug>', () => {
  it('starts a run and answers with it', async () => {
    const answer = await start('hello');
    const run = await runOf(answer);
    expect(answer.status).toBe(202);
    expect(answer.headers.get('location')).toBe(`/api/v1/runs/${run.id}`);
    expect(run).toMatchObject({ job: 'hello', trigger: 'http', requestedBy: 'token token-1' });
    await endRuns('hello');
  });

  it('waits for the end: 200 when it succeeded, 500 when it failed, 504 when it goes on', async () => {
    const good = await start('brief?wait=20');
    expect(good.status).toBe(200);
    expect(await runOf(good)).toMatchObject({ status: 'succeeded', succeeded: true, exitCode: 0 });

    const bad = await start('fails?wait=20');
    expect(bad.status).toBe(500);
    expect(await runOf(bad)).toMatchObject({ status: 'failed', exitCode: 3 });

    const slow = await start('slow?wait=1');
    expect(slow.status).toBe(504);
    expect(await runOf(slow)).toMatchObject({ status: 'running', finishedAt: null });
    await endRuns('slow');
  });

  it('names the run that is in the way', async () => {
    const first = await runOf(await start('slow'));
    const second = await start('slow');
    expect(second.status).toBe(409);
    expect(second.headers.get('content-type')).toBe('application/problem+json');
    expect(await second.json()).toMatchObject({
      code: 'GITCRON_E_RUN_IN_THE_WAY',
      status: 409,
      runId: first.id,
      hint: expect.stringContaining('@overlap'),
    });
    await endRuns('slow');
  });

  it('starts a job that is disabled', async () => {
    expect((await start('asleep?wait=20')).status).toBe(200);
  });

  it('passes parameters as JSON, never as shell text', async () => {
    const hostile = '$(touch /tmp/x); "quoted" \'single\' `tick`\n&';
    const query = new URLSearchParams({ text: hostile, wait: '20' });
    const answer = await start(`params?${query.toString()}`);
    const { result } = await runOf(answer);
    expect(JSON.parse(result ?? '')).toEqual({ text: hostile });

    const body = { deep: { list: [1, 'two', null] }, from: 'body' };
    const both = await house.ask('/scripts/params?wait=20&from=query&other=1', {
      ...post(body, bearer(admin)),
    });
    expect(JSON.parse((await runOf(both)).result ?? '')).toEqual({ ...body, other: '1' });
  });

  it('takes a form as parameters, as curl -d sends it', async () => {
    const answer = await house.ask('/scripts/params?wait=20', {
      method: 'POST',
      headers: { ...bearer(admin), 'content-type': 'application/x-www-form-urlencoded' },
      body: 'month=2026-10&dry=yes',
    });
    expect(JSON.parse((await runOf(answer)).result ?? '')).toEqual({
      month: '2026-10',
      dry: 'yes',
    });
  });

  it('refuses a body that is no object, and parameters that no script could be given', async () => {
    expect((await house.ask('/scripts/params', post([1], bearer(admin)))).status).toBe(400);
    const long = await house.ask(
      '/scripts/params',
      post({ a: 'x'.repeat(150_000) }, bearer(admin)),
    );
    expect(long.status).toBe(413);
    expect(await long.json()).toMatchObject({ code: 'GITCRON_E_PARAMS' });
  });
});

describe('GET /scripts/<slug>', () => {
  it('starts a run when it carries a token', async () => {
    const answer = await house.ask('/scripts/brief?wait=20', { headers: bearer(admin) });
    expect(answer.status).toBe(200);
    expect(await runOf(answer)).toMatchObject({ job: 'brief', trigger: 'http' });
  });

  it('starts nothing for a browser, logged in or not, nor for HEAD', async () => {
    const before = (await runsOf('hello')).length;
    const outside = await house.ask('/scripts/hello', { headers: { accept: 'text/html' } });
    expect(outside.status).toBe(401);
    expect(outside.headers.get('content-type')).toContain('text/html');
    expect(await outside.text()).toContain('action="/login"');
    const forgotten = await house.ask('/scripts/hello');
    expect(forgotten.status).toBe(401);
    expect(await forgotten.json()).toMatchObject({ code: 'GITCRON_E_LOGIN' });

    const inside = await house.control('/scripts/hello', { redirect: 'manual' });
    expect(inside.status).toBe(303);
    expect(inside.headers.get('location')).toBe('/jobs/hello');
    expect((await house.control('/scripts/nothing')).status).toBe(404);

    const head = await house.ask('/scripts/hello', { method: 'HEAD', headers: bearer(admin) });
    expect(head.status).toBe(405);
    const basic = await house.ask('/scripts/hello', { headers: { authorization: 'Basic YTpi' } });
    expect(basic.status).toBe(401);
    expect((await runsOf('hello')).length).toBe(before);
  });
});

describe('Idempotency-Key', () => {
  it('starts one run, however often and however fast it is sent, also after a restart', async () => {
    const key = { 'idempotency-key': 'order-4711' };
    const answers = await Promise.all(Array.from({ length: 20 }, () => start('brief', key)));
    const ids = new Set((await Promise.all(answers.map(runOf))).map(({ id }) => id));
    expect(answers.every(({ status }) => status === 202)).toBe(true);
    expect(ids.size).toBe(1);

    await house.restart();
    const later = await start('brief', key);
    // Without a database nothing more is known of it, but it is not started again.
    expect(later.status).toBe(409);
    expect(await later.json()).toMatchObject({ runId: [...ids][0] });
    expect(await runsOf('brief')).toEqual([]);
  });

  it('is refused for another request, and is of one sender only', async () => {
    const key = { 'idempotency-key': 'order-4712' };
    const first = await runOf(await start('brief', key));
    expect((await start('hello', key)).status).toBe(422);
    expect((await start('brief?a=1', key)).status).toBe(422);

    const other = await house.token('admin');
    const answer = await start('brief', { ...key, ...bearer(other) });
    expect(answer.status).toBe(202);
    expect((await runOf(answer)).id).not.toBe(first.id);
  });

  it('remembers no start that was refused', async () => {
    const inTheWay = await runOf(await start('slow'));
    const key = { 'idempotency-key': 'order-4713' };
    expect((await start('slow', key)).status).toBe(409);
    await endRuns('slow');
    const answer = await start('slow', key);
    expect(answer.status).toBe(202);
    expect((await runOf(answer)).id).not.toBe(inTheWay.id);
    await endRuns('slow');
  });
});
