import { afterAll, beforeAll, expect, it } from 'vitest';
import type { z } from 'zod';
import { outputOutline, outputPage } from '../../src/api/output.ts';
import { runNeighbours, runView } from '../../src/api/run.ts';
import { answerOf, runToEnd } from './ask-house.ts';
import { startTestServer, type TestServer } from '../record/test-database.ts';
import { openHouse, post, type House } from './house.ts';
import { until } from '../../../base/test/until.ts';

const CRONTAB = `
# @name colourful
@manual seq -f 'line %.0f' 1 30000; printf '\\033[31mTypeError: x is not a function\\033[0m\\n    at main (a.js:1:1)\\n' >&2; exit 3
# @name long
@manual seq -f 'a line whose number is %.0f' 1 200000
# @name one
# @param month=2026-01 which
@manual test "$GITCRON_PARAMS" != '{"month":"wrong"}'
# @name secret
@manual true
`;

let server: TestServer;
let house: House;
beforeAll(async () => {
  server = await startTestServer();
  house = await openHouse({
    crontab: CRONTAB,
    databaseUrl: await server.createDatabase(),
    environment: { RUN_OUTPUT_LIMIT_MB: '1', MY_TOKEN: 'correct-horse', SECRET_ENV: 'MY_TOKEN' },
  });
});
afterAll(async () => {
  await house[Symbol.asyncDispose]();
  await server.stop();
});

const run = (job: string, params = {}): Promise<string> => runToEnd(house, job, params);
const get = <Schema extends z.ZodType>(path: string, schema: Schema): Promise<z.output<Schema>> =>
  answerOf(house, path, schema);

async function neighbours(id: string) {
  const { before, after } = await get(`/api/v1/runs/${id}/neighbours`, runNeighbours);
  return [before?.id, after?.id];
}

async function retry(id: string, body?: unknown) {
  const answer = await house.control(`/api/v1/runs/${id}/retry`, post(body));
  return { status: answer.status, body: await answer.json() };
}

/** The run that an answer is, once it is over. */
async function ended(answer: { readonly body: unknown }) {
  let now = runView.parse(answer.body);
  await until(async () => {
    now = await get(`/api/v1/runs/${now.id}`, runView);
    return now.succeeded !== null;
  }, 'its end');
  return now;
}

it('opens an output at the line of the error, with what is around it', async () => {
  const output = `/api/v1/runs/${await run('colourful')}/output`;
  const { error, parts, gaps, over } = await get(`${output}/outline`, outputOutline);
  expect(error).toMatchObject({ stream: 'stderr', line: 'TypeError: x is not a function' });
  expect({ gaps, over }).toEqual({ gaps: [], over: true });
  expect(parts.map(({ attempt, stream }) => [attempt, stream])).toEqual([
    [1, 'stdout'],
    [1, 'stderr'],
  ]);
  const [stdout] = parts;
  const written = Array.from({ length: 30_000 }, (_, index) => `line ${index + 1}\n`).join('');
  expect(stdout?.bytes).toBe(written.length);
  const at = error?.sequence ?? 0;
  const around = await get(`${output}?at=${at}&maxBytes=100000`, outputPage);
  const sequences = around.items.map(({ sequence }) => sequence);
  expect(sequences[0]).toBeLessThan(at);
  expect(sequences).toContain(at);
  expect(sequences[0]).toBeGreaterThan(1);
  const piece = around.items.find(({ sequence }) => sequence === at);
  const fromThere = Buffer.from(piece?.text ?? '').subarray(error?.offset);
  expect(fromThere.toString().split('\n')[0]).toContain('TypeError: x');
  expect((await house.control(`${output}?at=3&tail=1`)).status).toBe(400);
});

it('goes to any part of an output, and says where something was left out', async () => {
  const output = `/api/v1/runs/${await run('long')}/output`;
  const { marks, gaps, parts, ...omitted } = await get(`${output}/outline`, outputOutline);
  expect(omitted).toMatchObject({ omittedWhy: 'run_limit', error: null });
  const [part] = parts;
  const size = Array.from({ length: 200_000 }, (_, index) => `${index + 1}`)
    .map((number) => number.length + 'a line whose number is \n'.length)
    .reduce((sum, length) => sum + length, 0);
  expect((part?.bytes ?? 0) + omitted.omittedBytes).toBe(size);
  expect(gaps).toHaveLength(1);
  const [gap = { after: 0, before: 0 }] = gaps;
  const around = await get(`${output}?at=${gap.before}&maxBytes=150000`, outputPage);
  const sequences = around.items.map(({ sequence }) => sequence);
  expect(sequences).toEqual(expect.arrayContaining([gap.after, gap.before]));
  // The marks lead to where they say: what comes before each of them has so many bytes.
  expect(marks[0]).toMatchObject({ sequence: part?.first, bytes: 0 });
  const whole = await get(`${output}?maxBytes=8000000`, outputPage);
  for (const { sequence, bytes } of marks) {
    const ahead = whole.items.filter((item) => item.sequence < sequence);
    expect(ahead.reduce((sum, { text = '' }) => sum + text.length, 0)).toBe(bytes);
  }
  const none = await get(`${output}/outline?stream=stderr`, outputOutline);
  expect(none.marks).toEqual([]);
});

it('knows the runs of the same job before and after a run, over a restart, too', async () => {
  const [first, second] = [await run('one'), await run('one')];
  await run('secret');
  const third = await run('one');
  const expected = [
    [undefined, second],
    [first, third],
    [second, undefined],
  ];
  const all = async () => [
    await neighbours(first),
    await neighbours(second),
    await neighbours(third),
  ];
  expect(await all()).toEqual(expected);
  await house.restart();
  expect(await all()).toEqual(expected);
});

it('runs a job again with other parameters', async () => {
  const id = await run('one', { month: 'wrong' });
  expect(await ended(await retry(id, { params: { month: '2026-10' } }))).toMatchObject({
    trigger: 'retry',
    params: { month: '2026-10' },
    succeeded: true,
  });
  expect(await ended(await retry(id))).toMatchObject({
    params: { month: 'wrong' },
    succeeded: false,
  });
  // With none it gets what its crontab says.
  expect(await ended(await retry(id, { params: null }))).toMatchObject({
    params: { month: '2026-01' },
  });
  expect(await retry(id, { params: { year: '2026' } })).toMatchObject({
    status: 400,
    body: { code: 'GITCRON_E_PARAM_NAMES', undeclared: ['year'] },
  });
});

it('does not take the mask of a secret for its value', async () => {
  const id = await run('secret', { key: 'correct-horse', city: 'Oslo' });
  expect(await get(`/api/v1/runs/${id}`, runView)).toMatchObject({
    params: { key: '***', city: 'Oslo' },
    paramsMasked: true,
  });
  const masked = await retry(id, { params: { key: '***', city: 'Rome' } });
  expect(masked).toMatchObject({ status: 409, body: { code: 'GITCRON_E_PARAMS_MASKED' } });
  const whole = await retry(id, { params: { key: 'another', city: 'Rome' } });
  expect(whole).toMatchObject({ status: 202, body: { params: { key: 'another' } } });
});
