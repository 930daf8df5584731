import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { ActiveRelease } from '../../src/run/runner.ts';
import { createTestRunner, isAlive, makeJob, slotOf } from './test-runner.ts';
import { until } from '../../../base/test/until.ts';

test('exit code 0 succeeds', async () => {
  const { run } = createTestRunner();
  expect(await run(makeJob('true'))).toMatchObject({
    status: 'succeeded',
    exitCode: 0,
    signal: null,
    reason: 'Exit code 0.',
    result: null,
  });
});

test('another exit code fails and is told', async () => {
  const { run } = createTestRunner();
  expect(await run(makeJob('exit 3'))).toMatchObject({
    status: 'failed',
    exitCode: 3,
    signal: null,
    reason: 'Exit code 3.',
  });
});

test.each([
  ['kill -SEGV $$', { signal: 'SIGSEGV', exitCode: null, reason: /^Ended by SIGSEGV, which did/ }],
  ['kill -KILL $$', { signal: 'SIGKILL', exitCode: null, reason: /out of memory/ }],
  ['sh -c "kill -TERM \\$\\$"; exit $?', { exitCode: 143, reason: /ended by SIGTERM/ }],
  ['no-such-program', { exitCode: 127, reason: /not found/ }],
  ['/etc/passwd', { exitCode: 126, reason: /may not be executed/ }],
  ['if then', { exitCode: 2, reason: /^Exit code 2\.$/ }],
])('%s', async (command, { reason, ...expected }) => {
  const { run } = createTestRunner();
  const outcome = await run(makeJob(command));
  expect(outcome).toMatchObject({ status: 'failed', ...expected });
  expect(outcome.reason).toMatch(reason);
});

test('a time-out is told from a failure, and from a forced kill', async () => {
  const { run, logText } = createTestRunner();
  const gentle = await run(makeJob('sleep 60', { timeoutMs: 200 }));
  expect(gentle).toMatchObject({ status: 'timed_out', signal: 'SIGTERM' });
  expect(gentle.reason).toBe('Timed out after 200ms: ended by SIGTERM.');
  const clean = await run(makeJob('trap "exit 5" TERM; sleep 60 & wait', { timeoutMs: 200 }));
  expect(clean).toMatchObject({ status: 'timed_out', exitCode: 5, signal: null });
  const forced = await run(makeJob('trap "" TERM; sleep 60', { timeoutMs: 200, graceMs: 100 }));
  expect(forced).toMatchObject({ status: 'timed_out', signal: 'SIGKILL' });
  expect(forced.reason).toMatch(/did not end on SIGTERM within its grace and was killed/);
  expect(await logText()).toMatch(
    /has run for its limit of 200ms: sent SIGTERM, SIGKILL follows in 5s/,
  );
});

test('a canceled run says who canceled it', async () => {
  const { runner, start, outcome } = createTestRunner();
  const runId = start(makeJob('sleep 60', { retries: 3 }));
  expect(await runner.cancel(runId, 'anna')).toBe(true);
  const ended = await outcome(runId);
  expect(ended.status).toBe('canceled');
  expect(ended.reason).toMatch(/^Canceled by anna/);
  expect(await runner.cancel(runId, 'anna')).toBe(false);
});

test('the directory of the release is gone: a failed run with a reason', async () => {
  const release: ActiveRelease = {
    name: { revision: 'a'.repeat(40), subject: '', author: '', dependencyHash: null },
    directory: '/does/not/exist',
    binPaths: [],
  };
  const { run } = createTestRunner({ release: () => release });
  const outcome = await run(makeJob('true'));
  expect(outcome).toMatchObject({ status: 'failed', exitCode: null, signal: null });
  expect(outcome.reason).toBe('Not started: the directory /does/not/exist is gone [ENOENT].');
  expect(await run(makeJob('true'))).toMatchObject({ status: 'failed' });
});

test('a variable that no environment can hold: a failed run with a reason', async () => {
  const { runner, event, outcome: outcomeOf } = createTestRunner();
  runner.fire(slotOf(makeJob('true', {}, { environment: { LONG: 'x'.repeat(200_000) } })));
  const queued = await event(({ type }) => type === 'run_queued');
  if (queued.type !== 'run_queued') throw new Error('unreachable');
  const outcome = await outcomeOf(queued.run.runId);
  expect(outcome).toMatchObject({ status: 'failed', exitCode: null });
  expect(outcome.reason).toMatch(/too long \[E2BIG\]/);
});

test('retries wait longer each time, and the last outcome counts', async () => {
  const { run, events, directory } = createTestRunner();
  const counter = join(directory, 'work', 'attempts');
  const command = `echo x >>${counter}; test $GITCRON_ATTEMPT = 3 || exit 4`;
  const outcome = await run(makeJob(command, { retries: 3, retryDelayMs: 40 }));
  expect(outcome.status).toBe('succeeded');
  const attempts = events.filter(({ type }) => type === 'attempt_finished');
  expect(attempts).toHaveLength(3);
  const starts = events.filter(({ type }) => type === 'attempt_started').map(({ at }) => at);
  const [first = 0, second = 0, third = 0] = starts;
  expect(second - first).toBeGreaterThanOrEqual(39);
  expect(third - second).toBeGreaterThanOrEqual(79);
  expect(events.filter(({ type }) => type === 'run_finished')).toHaveLength(1);
});

test('a run that is canceled between two attempts says so', async () => {
  const { runner, start, event, outcome } = createTestRunner();
  const runId = start(makeJob('exit 4', { retries: 1, retryDelayMs: 60_000 }));
  await event(({ type }) => type === 'attempt_finished');
  await runner.cancel(runId, 'anna');
  expect(await outcome(runId)).toMatchObject({
    status: 'canceled',
    reason: 'Canceled by anna before its attempt 2.',
  });
});

test('a run whose tries are used up fails', async () => {
  const { run, logText } = createTestRunner();
  const outcome = await run(makeJob('exit 9', { retries: 1, retryDelayMs: 10 }));
  expect(outcome).toMatchObject({ status: 'failed', exitCode: 9 });
  expect(await logText()).toMatch(
    /attempt 1 failed after .*; next attempt in 10ms\. Exit code 9\./,
  );
});

test('children that left the process group, the session and their parent end too', async () => {
  const { run, directory } = createTestRunner();
  const pids = join(directory, 'work', 'pids');
  writeFileSync(pids, '');
  const script = join(directory, 'work', 'leave.sh');
  // In the group, in a session of its own, and a daemon whose parent is gone.
  writeFileSync(
    script,
    `sleep 61 & echo $! >>${pids}
     setsid sh -c 'echo $$ >>${pids}; sleep 62' &
     ( setsid sh -c 'echo $$ >>${pids}; sleep 63' & )
     wait\n`,
  );
  chmodSync(script, 0o755);
  const outcome = await run(makeJob(`sh ${script}`, { timeoutMs: 700 }));
  expect(outcome.status).toBe('timed_out');
  const started = readFileSync(pids, 'utf8').split('\n').filter(Boolean).map(Number);
  expect(started).toHaveLength(3);
  // Away from /proc only the process group is known: see “Which processes are ended” in docs/runs.md.
  const bound = existsSync('/proc/self/stat') ? started : started.slice(0, 1);
  for (const pid of bound) await until(() => !isAlive(pid), `the end of ${pid}`);
});

test('a background process that holds the pipes delays nothing, and ends with the supervisor', async () => {
  const { runner, start, outcome, directory, output, logText, event } = createTestRunner();
  const pidFile = join(directory, 'work', 'pid');
  const command = `echo before; (while :; do sleep 0.05; echo still here; done) & echo $! >${pidFile}`;
  const runId = start(makeJob(command));
  const ended = await outcome(runId);
  expect(ended.status).toBe('succeeded');
  expect(ended.durationMs).toBeLessThan(5000);
  expect(output(runId).toString()).toMatch(/^before\n/);
  const pid = Number(readFileSync(pidFile, 'utf8'));
  expect(isAlive(pid)).toBe(true);
  await event(({ type }) => type === 'run_finished');
  await until(
    () => /\| still here\n/.test(readFileSync(join(directory, 'log'), 'utf8')),
    'its later output',
  );
  expect(await logText()).toMatch(/left a process running in the background/);
  await runner.shutdown({ graceMs: 2000 });
  await until(() => !isAlive(pid), 'its end');
});
