import { expect, test } from 'vitest';
import { createMask } from '@gitcron/base/secrets/mask';
import { createTestRunner, makeJob } from './test-runner.ts';

test('the error of a failed run is what it wrote to stderr, else to stdout', async () => {
  const { run } = createTestRunner();
  const both = await run(makeJob('echo working; echo connection refused >&2; exit 3'));
  expect(both).toMatchObject({ status: 'failed', error: 'connection refused' });
  const onlyBlank = await run(makeJob('echo "no such table"; echo " " >&2; exit 3'));
  expect(onlyBlank.error).toBe('no such table');
  expect((await run(makeJob('exit 3'))).error).toBeNull();
});

test('a run that succeeded has none, whatever it wrote', async () => {
  const { run } = createTestRunner();
  expect(await run(makeJob('echo "a warning" >&2'))).toMatchObject({ error: null });
});

test('whatever else ends a run, its error is kept', async () => {
  const { runner, run, start, event, outcome } = createTestRunner();
  const command = 'echo "waiting for the lock" >&2; sleep 60';
  expect(await run(makeJob(command, { timeoutMs: 500 }))).toMatchObject({
    status: 'timed_out',
    error: 'waiting for the lock',
  });
  const canceled = start(makeJob(command));
  await event((each) => each.type === 'output' && each.runId === canceled);
  await runner.cancel(canceled, 'anna');
  expect(await outcome(canceled)).toMatchObject({
    status: 'canceled',
    error: 'waiting for the lock',
  });
});

test('of several attempts the last one counts, also when the run ends while it rests', async () => {
  const { runner, run, start, event, outcome } = createTestRunner();
  const twice = 'test -e tried && echo second >&2 || echo first >&2; touch tried; exit 1';
  const retried = await run(makeJob(twice, { retries: 1, retryDelayMs: 10 }));
  expect(retried.error).toBe('second');
  const job = makeJob('echo refused >&2; exit 1', { retries: 1, retryDelayMs: 600_000 });
  const resting = start(job);
  await event((each) => each.type === 'attempt_finished' && each.runId === resting);
  await runner.cancel(resting, 'anna');
  expect(await outcome(resting)).toMatchObject({ status: 'canceled', error: 'refused' });
});

test('the last 4 KiB are kept, in whole letters and without colors', async () => {
  const { run } = createTestRunner();
  const { error } = await run(
    makeJob(
      String.raw`yes 123456789 | head -n 100000 >&2; printf '\033[31mé%.0s' $(seq 2000) >&2; exit 1`,
    ),
  );
  // Each letter has seven bytes with its color: 4096 hold 585 of them and one cut in the midst.
  expect(error).toMatch(/^…[[\d;m]*é{585}$/);
});

test('no part of a secret is in it, wherever it is cut', async () => {
  const secret = 'correct-horse-battery-staple';
  const { run } = createTestRunner({
    outputTransform: createMask([secret]).transform,
    environment: { PATH: process.env['PATH'] ?? '', TOKEN: secret },
  });
  // Whichever byte the cut falls on, it falls into the midst of a secret.
  for (const more of [0, 7, 13, 20, 27]) {
    const script = `i=0; while [ $i -lt 300 ]; do printf %s "$TOKEN" >&2; i=$((i+1)); done; head -c ${4000 + more} /dev/zero | tr '\\0' x >&2; exit 1`;
    const { error } = await run(makeJob(script));
    expect(error).toMatch(/^…[*]*x+$/);
  }
  const late = await run(makeJob('printf %s "$TOKEN" | head -c 20 >&2; exit 1'));
  expect(late.error).toBe('***');
});
