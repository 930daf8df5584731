import { join } from 'node:path';
import { systemClock } from '@gitcron/base/clock';
import { expect, it } from 'vitest';
import { openIdempotencyKeys, type IdempotencyKeys } from '../../src/http/idempotency.ts';
import { RunBoard } from '../../src/http/run-board.ts';
import { startRun } from '../../src/http/start-run.ts';
import type { Runner } from '../../src/run/runner.ts';
import type { Job } from '../../src/schedule/job.ts';
import { silentLogger } from '../record/silent-logger.ts';
import { createTestRunner, makeJob } from '../run/test-runner.ts';

const REQUEST = { slug: 'job', trigger: 'manual', requestedBy: 'anna' } as const;

function keysIn(directory: string): IdempotencyKeys {
  return openIdempotencyKeys({
    file: join(directory, 'keys.jsonl'),
    formerFile: join(directory, 'keys.json'),
    clock: systemClock,
    logger: silentLogger,
  });
}

function roomsWith(runner: Runner, job: Job) {
  return {
    runner,
    jobs: {
      list: () => [],
      get: () => job,
      written: () => job,
      switchOf: () => null,
      setSwitch: async () => {},
      nextSlots: () => [],
      zone: 'UTC',
    },
    // It hears of nothing, as while the runner is elsewhere and its events are on their way.
    board: new RunBoard('here'),
    record: null,
    host: 'here',
    maskText: (text: string) => text.replaceAll('hidden', '***'),
  };
}

it.each([undefined, 'key'])(
  'answers with a run of which no event has told yet, without its secrets (Idempotency-Key: %s)',
  async (key) => {
    const { runner, directory, outcome } = createTestRunner();
    const keys = keysIn(directory);
    const run = await startRun({ rooms: roomsWith(runner, makeJob('true')), keys }, key, {
      ...REQUEST,
      params: { password: 'hidden' },
    });
    expect(run).toMatchObject({
      job: 'job',
      status: 'queued',
      requestedBy: 'anna',
      params: { password: '***' },
      paramsMasked: true,
      host: 'here',
    });
    expect(await outcome(run.runId)).toMatchObject({ status: 'succeeded' });
  },
);

it('refuses parameters that do not fit beside the variables of the job, before there is a run', async () => {
  const { runner, directory, events } = createTestRunner();
  const full = 'x'.repeat(120_000);
  const environment = Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`FULL${i}`, full]));
  const rooms = roomsWith(runner, makeJob('true', {}, { environment }));
  const params = { text: 'p'.repeat(90_000) };
  const started = startRun({ rooms, keys: keysIn(directory) }, 'key', { ...REQUEST, params });
  await expect(started).rejects.toMatchObject({ status: 413, code: 'GITCRON_E_PARAMS' });
  expect(events).toEqual([]);
});
