import { expect, test } from 'vitest';
import { createTestRunner, makeJob } from './test-runner.ts';

test('what jobs are given may change while the supervisor is at work', async () => {
  const environment: Record<string, string> = { PATH: process.env['PATH'] ?? '', DATABASE: 'one' };
  const { start, outcome, output } = createTestRunner({ environment });
  const before = start(makeJob('echo "$DATABASE"'));
  await outcome(before);
  environment['DATABASE'] = 'two';
  const after = start(makeJob('echo "$DATABASE"'));
  await outcome(after);
  expect([before, after].map((runId) => output(runId).toString())).toEqual(['one\n', 'two\n']);
});
