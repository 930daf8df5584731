import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import type { RunEvent } from '../../src/events.ts';
import { createLog } from '../../src/log.ts';
import { recover } from '../../src/run/recover.ts';
import { createTestRunner, isAlive, makeJob, slotOf, until, written } from './test-runner.ts';

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
  expect(runner.active()).toEqual([]);
  expect(existsSync(join(directory, 'running.json'))).toBe(false);
  expect(readdirSync(join(directory, 'results'))).toEqual([]);
});

test('after a shutdown began, nothing starts any more', async () => {
  const { runner, events } = createTestRunner();
  const stopped = runner.shutdown({ graceMs: 100 });
  runner.fire(slotOf(makeJob('true')));
  const refused = runner.start({ job: makeJob('true'), trigger: 'manual', requestedBy: null });
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

/** A supervisor in a process of its own. */
function startSupervisor(command: string, ...words: string[]) {
  const directory = mkdtempSync(join(tmpdir(), 'gitcron-run-'));
  const fixture = join(import.meta.dirname, 'fixtures/supervisor.ts');
  const child = spawn(process.execPath, [fixture, directory, command, ...words], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const exited = new Promise((resolve) => void child.once('exit', resolve));
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await exited;
    rmSync(directory, { recursive: true, force: true });
  });
  const runningFile = join(directory, 'running.json');
  async function runningPid(isRunning: boolean): Promise<number> {
    return until(() => {
      if (!existsSync(runningFile)) return null;
      const { processes } = JSON.parse(readFileSync(runningFile, 'utf8'));
      const [entry] = processes;
      return entry !== undefined && (entry.startedAt !== null) === isRunning ? entry.pid : null;
    }, 'a process in the file');
  }
  async function kill(): Promise<void> {
    child.kill('SIGKILL');
    await exited;
  }
  return { directory, runningFile, runningPid, kill };
}

test('kill -9 of the supervisor: a held process ends and its command never begins', async () => {
  const proof = join(mkdtempSync(join(tmpdir(), 'gitcron-run-')), 'proof');
  onTestFinished(() => rmSync(join(proof, '..'), { recursive: true }));
  const { runningPid, kill } = startSupervisor(`touch ${proof}`, 'hold');
  const pid = await runningPid(false);
  await kill();
  await until(() => !isAlive(pid), 'the end of the held process');
  expect(existsSync(proof)).toBe(false);
});

test.skipIf(process.platform !== 'linux')(
  'kill -9 of the supervisor: the next one ends what still runs and reports it as lost',
  async () => {
    const command = 'setsid sh -c "sleep 71" & trap "" TERM; sleep 72 & sleep 73';
    const { directory, runningFile, runningPid, kill } = startSupervisor(command);
    const pid = await runningPid(true);
    await kill();
    expect(isAlive(pid)).toBe(true);

    const logFile = join(directory, 'log');
    const log = createLog({ format: 'text', level: 'info', file: logFile });
    const events: RunEvent[] = [];
    await recover({
      runningFile,
      runAs: null,
      clock: systemClock,
      logger: log.logger,
      graceMs: 200,
      emit: (event) => void events.push(event),
    });
    expect(isAlive(pid)).toBe(false);
    expect(events).toMatchObject([{ type: 'run_finished', outcome: { status: 'lost' } }]);
    await written(log);
    expect(readFileSync(logFile, 'utf8')).toMatch(
      /was left running by a supervisor that was killed/,
    );
  },
);

test.skipIf(process.platform !== 'linux')(
  'a process that only has the same number is let be',
  async () => {
    const { directory, runningFile, runningPid, kill } = startSupervisor('sleep 74');
    await runningPid(true);
    await kill();
    const innocent = spawn('sleep', ['75'], { stdio: 'ignore', detached: true });
    onTestFinished(() => void innocent.kill());
    const { boot, processes } = JSON.parse(readFileSync(runningFile, 'utf8'));
    const [entry] = processes;
    const forged = { ...entry, pid: innocent.pid, runId: '01a1fd18-1583-7534-8d3a-000000000000' };
    const file = join(directory, 'forged.json');
    writeFileSync(file, JSON.stringify({ boot, processes: [forged] }));
    const log = createLog({ format: 'text', level: 'silent' });
    const options = { runAs: null, clock: systemClock, logger: log.logger, graceMs: 200 };
    await recover({ ...options, runningFile: file, emit: () => {} });
    expect(isAlive(innocent.pid ?? 0)).toBe(true);
    await recover({ ...options, runningFile, emit: () => {} });
    expect(isAlive(entry.pid)).toBe(false);
  },
);

test('a damaged file of running processes is reported and harmless', async () => {
  const { directory, runningFile } = startSupervisor('true');
  await until(() => existsSync(runningFile), 'the file');
  const file = join(directory, 'damaged.json');
  writeFileSync(file, '{"boot": "x", "processes": [{"pid": -1}]}');
  const logFile = join(directory, 'log');
  const log = createLog({ format: 'text', level: 'info', file: logFile });
  const { logger } = log;
  const events: RunEvent[] = [];
  await recover({
    runningFile: file,
    runAs: null,
    clock: systemClock,
    logger,
    graceMs: 200,
    emit: (event) => void events.push(event),
  });
  await written(log);
  expect(readFileSync(logFile, 'utf8')).toMatch(/Cannot read .*damaged\.json/);
  expect(events).toEqual([]);
});
