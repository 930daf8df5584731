import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { jobView } from '../../src/api/job.ts';
import { runSummaryView, runView, type RunView } from '../../src/api/run.ts';
import { bearer, openHouse, post, type House } from './house.ts';
import { until } from '../../../base/test/until.ts';

const CRONTAB = `
# Made for people.
# @name report
# @overlap allow
# @param month Which month to report
# @param format=pdf
# @param dry? Changes nothing
@manual printf %s "$GITCRON_PARAMS" > $GITCRON_RESULT_FILE
# @name scheduled
# @param format="plain text"
# @param month?
* * * * * * printf %s "$GITCRON_PARAMS" > $GITCRON_RESULT_FILE
# @name undeclared
@manual printf %s "$GITCRON_PARAMS" > $GITCRON_RESULT_FILE
`;

let house: House;
let admin: string;
beforeAll(async () => {
  house = await openHouse({ crontab: CRONTAB });
  admin = await house.token('admin');
});
afterAll(() => house[Symbol.asyncDispose]());

/** By the job's URL, with the parameters in the query and in the body. */
const start = (path: string, body: unknown = {}) =>
  house.ask(`/scripts/${path}`, post(body, bearer(admin)));

async function paramsOf(answer: { json(): Promise<unknown> }): Promise<unknown> {
  const { result, params } = runView.parse(await answer.json());
  expect(JSON.parse(result ?? '')).toEqual(params);
  return params;
}

const problem = z.looseObject({ status: z.int(), code: z.string(), hint: z.string() });

describe('a job that declares its parameters', () => {
  it('gets what is given, and the defaults of the rest', async () => {
    expect(await paramsOf(await start('report?wait=20&month=2026-10'))).toEqual({
      month: '2026-10',
      format: 'pdf',
    });
    const given = { month: 7, format: '', dry: true };
    expect(await paramsOf(await start('report?wait=20', given))).toEqual(given);
  });

  it.each([
    [{}, { missing: ['month'], undeclared: [] }],
    [{ month: null }, { missing: ['month'], undeclared: [] }],
    [{ moth: '2026-10' }, { missing: ['month'], undeclared: ['moth'] }],
    [
      { month: '1', constructor: 'x' },
      { missing: [], undeclared: ['constructor'] },
    ],
  ])('is not started with %j', async (params, names) => {
    const byUrl = await start('report', params);
    const byApi = await house.control('/api/v1/jobs/report/runs', post({ params }));
    for (const answer of [byUrl, byApi]) {
      expect(problem.parse(await answer.json())).toMatchObject({
        status: 400,
        code: 'GITCRON_E_PARAM_NAMES',
        hint: expect.stringContaining('month (required), format (default pdf), dry'),
        ...names,
      });
    }
  });

  it('is not started by a request with an Idempotency-Key either, and the key stays free', async () => {
    const statuses: number[] = [];
    for (const params of [{}, { month: '1' }]) {
      const request = post({ params }, { 'idempotency-key': 'one' });
      statuses.push((await house.control('/api/v1/jobs/report/runs', request)).status);
    }
    expect(statuses).toEqual([400, 202]);
  });

  it('is run again with what it had', async () => {
    const first = runView.parse(await (await start('report?wait=20&month=3')).json());
    const again = await house.control(`/api/v1/runs/${first.id}/retry`, post());
    expect(runView.parse(await again.json()).params).toEqual({ month: '3', format: 'pdf' });
  });

  it('shows them', async () => {
    const job = jobView.parse(await (await house.control('/api/v1/jobs/report')).json());
    expect(job.params).toEqual([
      { name: 'month', description: 'Which month to report', required: true, default: null },
      { name: 'format', description: '', required: false, default: 'pdf' },
      { name: 'dry', description: 'Changes nothing', required: false, default: null },
    ]);
  });
});

async function scheduledRun(): Promise<RunView | undefined> {
  const answer = await house.control('/api/v1/runs?job=scheduled&status=succeeded');
  const { items } = z.object({ items: z.array(runSummaryView) }).parse(await answer.json());
  const [first] = items;
  if (first === undefined) return undefined;
  return runView.parse(await (await house.control(`/api/v1/runs/${first.id}`)).json());
}

it('gives the defaults to the runs of a schedule', async () => {
  await until(async () => (await scheduledRun()) !== undefined, 'a scheduled run');
  const run = await scheduledRun();
  expect(run?.params).toEqual({ format: 'plain text' });
  expect(JSON.parse(run?.result ?? '')).toEqual({ format: 'plain text' });
});

it('gives everything to a job that declares nothing', async () => {
  const body = { any: [1], wait: 'a word of the URL only' };
  expect(await paramsOf(await start('undeclared?wait=20', body))).toEqual(body);
});
