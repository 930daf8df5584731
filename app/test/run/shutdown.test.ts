import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '@gitcron/base/clock';
import type { RunEvent } from '../../src/events.ts';
import { createLog } from '@gitcron/base/log';
import { bootId } from '../../src/run/running-notes.ts';
import { logRuns } from '../../src/run/log-runs.ts';
import { recover } from '../../src/run/recover.ts';
import { createTestRunner, isAlive, makeJob, noted, slotOf, written } from './test-runner.ts';
import { startSupervisor } from './supervisor-process.ts';
import { until } from '../../../base/test/until.ts';

test('shutdown: held processes end, waiting runs are canceled, running ones get their grace', async () => {
  const { runner, start, outcome, directory, events } = createTestRunner({ concurrency: 2 });
  const finishes = start(
    makeJob(
      'trap "sleep 0.3; exit 0" TERM; echo ready; while :; do sleep 0.02; done',
      {},
      { slug: 'finishes' },
    ),
  );
  const stubborn = start(makeJob('trap "" TERM; echo ready; sleep 60', {}, { slug: 'stubborn' }));
  const waiting = start(makeJob('true', {}, { slug: 'waiting' }));
  runner.prepare(slotOf(makeJob('sleep 60', {}, { slug: 'held' })));
  await until(() => events.filter(({ type }) => type === 'output').length >= 2, 'two runs');
  await until(() => existsSync(join(directory, 'running.json')), 'the file of running processes');
  await runner.shutdown({ graceMs: 1500 });
  expect(await outcome(waiting)).toMatchObject({ status: 'canceled' });
  expect(await outcome(finishes)).toMatchObject({ status: 'succeeded', exitCode: 0 });
  expect(await outcome(stubborn)).toMatchObject({ status: 'canceled', signal: 'SIGKILL' });
  expect(await runner.active()).toEqual([]);
  expect(existsSync(join(directory, 'running.json'))).toBe(false);
  expect(readdirSync(join(directory, 'results'))).toEqual([]);
});

test('after a shutdown began, nothing starts any more', async () => {
  const { runner, events } = createTestRunner();
  const stopped = runner.shutdown({ graceMs: 100 });
  runner.fire(slotOf(makeJob('true')));
  const refused = await runner.start({
    job: makeJob('true'),
    trigger: 'manual',
    requestedBy: null,
  });
  expect(refused).toEqual({ kind: 'shutting_down' });
  await stopped;
  expect(events).toEqual([]);
});

test('kill cuts the grace short', async () => {
  const { runner, start, outcome, event } = createTestRunner();
  const runId = start(makeJob('trap "" TERM; echo ready; sleep 60'));
  await event(({ type }) => type === 'output');
  const stopped = runner.shutdown({ graceMs: 60_000 });
  runner.kill();
  await stopped;
  expect(await outcome(runId)).toMatchObject({ status: 'canceled', signal: 'SIGKILL' });
});

test('kill -9 of the supervisor: a held process ends and its command never begins', async () => {
  const { child, directory, tell, notedPid, exited } = startSupervisor();
  const proof = join(directory, 'proof');
  tell('hold', `touch ${proof}`);
  const pid = await notedPid('held');
  child.kill('SIGKILL');
  await exited;
  await until(() => !isAlive(pid), 'the end of the held process');
  expect(existsSync(proof)).toBe(false);
});

/** Recovers with a log of its own; returns what it said and told. */
async function recoverFrom(runningFile: string): Promise<{ said: string; events: RunEvent[] }> {
  const logFile = `${runningFile}.log`;
  const log = createLog({ format: 'text', level: 'info', file: logFile });
  const told = logRuns(log.logger);
  const events: RunEvent[] = [];
  await recover({
    runningFile,
    workplaceOf: () => ({
      runAs: null,
      environment: () => ({}),
      directory: '/',
      release: () => null,
    }),
    clock: systemClock,
    logger: log.logger,
    graceMs: 200,
    emit(event) {
      events.push(event);
      told.observe(event);
    },
  });
  await written(log);
  return { said: readFileSync(logFile, 'utf8'), events };
}

test('a start deletes whatever a job left among the results, and follows no link', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'gitcron-run-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const results = join(directory, 'results');
  mkdirSync(join(results, 'deep/deeper'), { recursive: true });
  const elsewhere = join(directory, 'elsewhere');
  mkdirSync(elsewhere);
  writeFileSync(join(elsewhere, 'kept'), '');
  symlinkSync(elsewhere, join(results, 'link'));
  symlinkSync(elsewhere, join(results, 'deep/link'));
  createTestRunner({ resultDirectory: results });
  expect(readdirSync(results)).toEqual([]);
  expect(readdirSync(elsewhere)).toEqual(['kept']);
});

test('a result that a job exchanged for a directory is no result', async () => {
  const { run, directory } = createTestRunner();
  const command = 'rm $GITCRON_RESULT_FILE; mkdir -p $GITCRON_RESULT_FILE/deep';
  expect(await run(makeJob(command))).toMatchObject({ status: 'succeeded', result: null });
  expect(readdirSync(join(directory, 'results'))).toEqual([]);
});

// Without /proc a process can't be told from another that got its number.
describe.skipIf(process.platform !== 'linux')('the next supervisor', () => {
  test('ends what still runs and reports it as lost', async () => {
    const { child, runningFile, tell, notedPid, exited } = startSupervisor();
    tell('run', 'setsid sh -c "sleep 71" & trap "" TERM; sleep 72 & sleep 73');
    const pid = await notedPid('running');
    child.kill('SIGKILL');
    await exited;
    expect(isAlive(pid)).toBe(true);
    const { said, events } = await recoverFrom(runningFile);
    expect(isAlive(pid)).toBe(false);
    expect(events).toMatchObject([
      {
        type: 'run_finished',
        job: 'job-1',
        trigger: 'manual',
        requestedBy: 'test',
        attempts: 1,
        outcome: { status: 'lost' },
      },
    ]);
    expect(said).toMatch(/was left running by a supervisor that was killed: ending it/);
    expect(said).toMatch(/was lost after \S+\. The supervisor was killed while it ran/);
  });

  test.each([
    { end: 'stop', by: 'the supervisor that ran it' },
    { end: 'kill', by: 'the next one' },
  ])('a quiet daemon of a finished run ends at a $end, by $by', async ({ end }) => {
    const house = startSupervisor();
    const { child, directory, runningFile, tell, finished, exited } = house;
    const pidFile = join(directory, 'daemon');
    const quiet = 'exec >/dev/null 2>&1 </dev/null';
    tell(
      'run',
      `setsid sh -c '${quiet}; echo $$ > ${pidFile}; sleep 76' >/dev/null 2>&1 & until test -s ${pidFile}; do sleep 0.01; done`,
    );
    const pid = await until(
      () => (existsSync(pidFile) ? Number(readFileSync(pidFile, 'utf8')) || null : null),
      'the daemon',
    );
    await finished(0);
    await until(() => readFileSync(runningFile, 'utf8').includes('"remove"'), 'a forgotten run');
    expect(isAlive(pid)).toBe(true);
    child.kill(end === 'stop' ? 'SIGTERM' : 'SIGKILL');
    await exited;
    const said = end === 'kill' ? (await recoverFrom(runningFile)).said : '';
    expect(/Ending \d+ processes that runs of the last/.test(said)).toBe(end === 'kill');
    await until(() => !isAlive(pid), 'the end of the daemon');
  });

  test('lets a process be that only has the same number', async () => {
    const { child, directory, runningFile, tell, notedPid, exited } = startSupervisor();
    tell('run', 'sleep 74');
    await notedPid('running');
    child.kill('SIGKILL');
    await exited;
    const innocent = spawn('sleep', ['75'], { stdio: 'ignore', detached: true });
    onTestFinished(() => void innocent.kill());
    const [entry] = noted(runningFile);
    if (entry === undefined) throw new Error('nothing is noted');
    const forged = { ...entry, pid: innocent.pid, runId: '01a1fd18-1583-7534-8d3a-000000000000' };
    const file = join(directory, 'forged.json');
    writeFileSync(file, JSON.stringify({ boot: bootId(), processes: [forged] }));
    await recoverFrom(file);
    expect(isAlive(innocent.pid ?? 0)).toBe(true);
    await recoverFrom(runningFile);
    expect(isAlive(entry.pid)).toBe(false);
  });
});

test('a damaged file of running processes is reported and harmless', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'gitcron-run-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const file = join(directory, 'running.json');
  writeFileSync(file, '{"boot": "x", "processes": [{"pid": -1}]}');
  const { said, events } = await recoverFrom(file);
  expect(said).toMatch(/Cannot read .*running\.json/);
  expect(events).toEqual([]);
});
