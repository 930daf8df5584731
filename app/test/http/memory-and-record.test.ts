import { afterAll, beforeAll, expect, it } from 'vitest';
import { jobView } from '../../src/api/job.ts';
import { runView, type RunView } from '../../src/api/run.ts';
import type { ClockEvent, RunEvent } from '../../src/events.ts';
import { RunBoard } from '../../src/http/run-board.ts';
import { attemptEvent, describeRun, finishedEvent, outcome } from '../record/events.ts';
import { startRecorder } from '../record/recorder-fixture.ts';
import { startTestServer, type TestServer } from '../record/test-database.ts';
import { openHouse, post, type House } from './house.ts';

const CRONTAB = String.raw`
# @name nul
@manual printf 'a\0b\377c' > $GITCRON_RESULT_FILE
# @name long
@manual head -c 3000000 /dev/zero | tr '\0' x; exit 3
# @name twice
# @retries 1
# @retry-delay 0s
@manual echo once more; exit 1
# @name fine
@manual echo fine
`;

let server: TestServer;
let house: House;
beforeAll(async () => {
  server = await startTestServer();
  house = await openHouse({
    crontab: CRONTAB,
    databaseUrl: await server.createDatabase(),
    environment: { RUN_OUTPUT_LIMIT_MB: '1', KEEP_RUNS_PER_JOB: '1' },
  });
});
afterAll(async () => {
  await house[Symbol.asyncDispose]();
  await server.stop();
});

/** As memory has it at its end. */
async function run(job: string): Promise<RunView> {
  const answer = await house.control(`/scripts/${job}?wait=20`, post({}));
  return runView.parse(await answer.json());
}

async function ofRecord(id: string): Promise<RunView> {
  return runView.parse(await (await house.control(`/api/v1/runs/${id}`)).json());
}

it('memory tells of a run what the record tells: its output, its result, its attempts', async () => {
  const runs = [await run('nul'), await run('long'), await run('twice')];
  const [nul, long, twice] = runs;
  expect(nul?.result).toBe('a␀b�c');
  expect(long?.output).toMatchObject({ omittedWhy: 'run_limit' });
  expect(long?.output.omittedBytes).toBeGreaterThan(1_900_000);
  expect((long?.output.bytes ?? 0) + (long?.output.omittedBytes ?? 0)).toBe(3_000_000);
  expect(twice?.attempts).toHaveLength(2);
  for (const known of runs) expect(await ofRecord(known.id)).toEqual(known);
  const last = await lastOf('long');
  await house.restart();
  for (const known of runs) expect(await ofRecord(known.id)).toEqual(known);
  expect(await lastOf('long')).toEqual(last);
});

async function lastOf(slug: string) {
  const answer = await house.control(`/api/v1/jobs/${slug}`);
  const { last, lastFailure } = jobView.parse(await answer.json());
  return { last, lastFailure };
}

it('a run that was cleaned up is gone, although memory knows it', async () => {
  const first = await run('fine');
  const second = await run('fine');
  await ofRecord(second.id);
  expect((await house.control('/api/v1/cleanup/runs', post({}))).status).toBe(200);
  expect((await house.control(`/api/v1/runs/${first.id}`)).status).toBe(404);
  expect(await ofRecord(second.id)).toEqual(second);
  const listed = await (await house.control('/api/v1/runs?job=fine')).json();
  expect(listed).toMatchObject({ items: [{ id: second.id }], next: null });
});

it('memory and record agree on an attempt that could not begin, and on a clock that was ahead', async () => {
  await using fixture = await startRecorder(await server.createDatabase());
  const { recorder } = fixture;
  const board = new RunBoard('test-host', (id) => recorder.keptOutput(id));
  const now = Date.now();
  const ahead = now + 86_400_000;
  const failed = outcome({ status: 'failed', exitCode: null, reason: 'Not started.' });
  const description = describeRun();
  const { runId } = description;
  const tell = (event: RunEvent | ClockEvent): void => {
    recorder.record(event);
    board.apply(event);
  };
  tell({ type: 'run_queued', at: ahead, run: description });
  tell(attemptEvent(description, { at: ahead, outcome: failed }));
  tell({ type: 'clock_set_back', at: now });
  tell(finishedEvent(description, { at: now + 1, outcome: failed }));
  await recorder.shipNow();
  const known = board.get(runId);
  expect(known).toMatchObject({ queuedAt: now, attempts: [{ status: 'failed', pid: null }] });
  expect(await fixture.history.run(runId)).toEqual(known);
});
