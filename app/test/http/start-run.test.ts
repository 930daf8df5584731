import { join } from 'node:path';
import { systemClock } from '@gitcron/base/clock';
import { expect, it } from 'vitest';
import { openIdempotencyKeys } from '../../src/http/idempotency.ts';
import { RunBoard } from '../../src/http/run-board.ts';
import { startRun } from '../../src/http/start-run.ts';
import { silentLogger } from '../record/silent-logger.ts';
import { createTestRunner, makeJob } from '../run/test-runner.ts';

it.each([undefined, 'key'])(
  'answers with a run of which no event has told yet, without its secrets (Idempotency-Key: %s)',
  async (key) => {
    const { runner, directory, outcome } = createTestRunner();
    const keys = openIdempotencyKeys({
      file: join(directory, 'keys.jsonl'),
      formerFile: join(directory, 'keys.json'),
      clock: systemClock,
      logger: silentLogger,
    });
    const rooms = {
      runner,
      jobs: {
        list: () => [],
        get: () => makeJob('true'),
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
    const run = await startRun({ rooms, keys }, key, {
      slug: 'job',
      trigger: 'manual',
      requestedBy: 'anna',
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
