import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { systemClock } from '@gitcron/base/clock';
import { createLog } from '@gitcron/base/log';
import { createTestRunner, isAlive, makeJob, noted, type TestRunner } from './test-runner.ts';
import { until } from '../../../base/test/until.ts';
import { recover } from '../../src/run/recover.ts';
import type { ActiveRelease } from '../../src/run/runner.ts';
import type { Workplace, WorkplaceOf } from '../../src/run/workplace.ts';

const isRoot = process.platform === 'linux' && process.getuid?.() === 0;
const PATH = process.env['PATH'] ?? '';
const SCRIPTS = { uid: 12_348, gid: 12_348 };

const RELEASE: ActiveRelease = {
  name: { revision: 'a'.repeat(40), subject: '', author: '', dependencyHash: null },
  directory: '/usr',
  binPaths: [],
};

function workplaces(runAs: Workplace['runAs']): WorkplaceOf {
  const places = {
    repository: {
      runAs,
      environment: () => ({ PATH, OURS: 'scripts' }),
      directory: '/',
      release: () => RELEASE,
    },
    system: {
      runAs: null,
      environment: () => ({ PATH, GITCRON_DATABASE_URL: 'postgres://gitcron:secret@db/gitcron' }),
      directory: '/tmp',
      release: () => null,
    },
  } as const;
  return (source) => places[source];
}

const JOB = 'work';
const SYSTEM_JOB = 'system.backup';

function twoSources(runAs: Workplace['runAs']): TestRunner {
  const rig = createTestRunner({ workplaceOf: workplaces(runAs) });
  // Only that of the state volume: what is in it has rights of its own.
  chmodSync(rig.directory, 0o755);
  return rig;
}

test('each source has its own environment, directory and release', async () => {
  const { start, outcome, output, runner } = twoSources(null);
  const command = 'pwd; env | grep -E "^(OURS|GITCRON_(DATABASE_URL|RELEASE))=" | sort';
  const [ours, system] = [JOB, SYSTEM_JOB].map((slug) => start(makeJob(command, {}, { slug })));
  await Promise.all([ours, system].map((runId) => outcome(runId ?? '')));
  expect(output(ours ?? '').toString()).toBe(
    `/usr\nGITCRON_RELEASE=${'a'.repeat(40)}\nOURS=scripts\n`,
  );
  expect(output(system ?? '').toString()).toBe(
    '/tmp\nGITCRON_DATABASE_URL=postgres://gitcron:secret@db/gitcron\n',
  );
  expect(runner.inUse()).toEqual(new Set());
});

test('what waits of one source is withdrawn, and the other goes on', async () => {
  const { runner, start, outcome, event } = twoSources(null);
  const slow = { overlap: 'queue' } as const;
  const first = [JOB, SYSTEM_JOB].map((slug) => start(makeJob('sleep 0.5', slow, { slug })));
  const second = [JOB, SYSTEM_JOB].map((slug) => start(makeJob('true', slow, { slug })));
  for (const runId of first) {
    await event((each) => each.type === 'attempt_started' && each.runId === runId);
  }
  runner.endWaiting('repository', 'the change of repository');
  const statuses = await Promise.all(
    [...first, ...second].map(async (runId) => (await outcome(runId)).status),
  );
  expect(statuses).toEqual(['succeeded', 'succeeded', 'canceled', 'succeeded']);
});

// Only root can switch users.
describe.skipIf(!isRoot)('as different users', () => {
  test('no job of the repository gets at a system job or at what it is given', async () => {
    const { start, outcome, event, output, directory } = twoSources(SCRIPTS);
    const system = start(
      makeJob('id -u; echo own >$GITCRON_RESULT_FILE; exec sleep 60', {}, { slug: SYSTEM_JOB }),
    );
    const begun = await event((each) => each.type === 'attempt_started' && each.runId === system);
    if (begun.type !== 'attempt_started') throw new Error('unreachable');
    await until(() => output(system).length > 0, 'what the system job says');
    const { pid } = begun;
    const tries = [
      'id -u',
      `cat /proc/${pid}/environ && exit 91`,
      `cat /proc/${pid}/mem && exit 92`,
      `ls -l /proc/${pid}/fd && exit 93`,
      `cat /proc/${pid}/root/etc/hostname && exit 94`,
      `kill -0 ${pid} && exit 95`,
      `kill -9 -1`,
    ].join('; ');
    const attack = start(makeJob(`trap '' TERM; ${tries}`, {}, { slug: JOB }));
    await outcome(attack);
    const results = start(
      makeJob(
        `cat ${join(directory, 'results')}/* /dev/shm/gitcron-*/${system}.1 && exit 96; env | grep -c secret && exit 97; exit 0`,
        {},
        { slug: JOB },
      ),
    );
    expect(await outcome(results)).toMatchObject({ status: 'succeeded' });
    expect(output(attack).toString()).toBe(`${SCRIPTS.uid}\n`);
    expect(output(system).toString()).toBe('0\n');
    expect(isAlive(pid)).toBe(true);
  });

  test('a shutdown ends what jobs of both left behind, each as its user', async () => {
    const { runner, start, outcome, output } = twoSources(SCRIPTS);
    const leaves = 'setsid sleep 78 >/dev/null 2>&1 & echo $!';
    const runIds = [JOB, SYSTEM_JOB].map((slug) => start(makeJob(leaves, {}, { slug })));
    await Promise.all(runIds.map((runId) => outcome(runId)));
    const pids = runIds.map((runId) => Number(output(runId).toString()));
    expect(pids.map(isAlive)).toEqual([true, true]);
    await runner.shutdown({ graceMs: 1000 });
    expect(pids.map(isAlive)).toEqual([false, false]);
  });

  test('the next supervisor ends what is noted as the user that is noted, whoever jobs run as by then', async () => {
    const { start, event, directory, outcome } = twoSources(SCRIPTS);
    const runIds = [JOB, SYSTEM_JOB].map((slug) =>
      start(makeJob('setsid sleep 79 & sleep 79', {}, { slug })),
    );
    for (const runId of runIds) {
      await event((each) => each.type === 'attempt_started' && each.runId === runId);
    }
    const runningFile = join(directory, 'running.json');
    const users = noted(runningFile).map(({ job, runAs }) => [job, runAs]);
    expect(Object.fromEntries(users)).toEqual({ [JOB]: SCRIPTS, [SYSTEM_JOB]: null });
    const lost: string[] = [];
    const stuck = await recover({
      runningFile,
      workplaceOf: workplaces(null),
      clock: systemClock,
      logger: createLog({ format: 'text', level: 'silent', file: join(directory, 'recover.log') })
        .logger,
      graceMs: 1000,
      emit: (each) => void (each.type === 'run_finished' && lost.push(each.job)),
    });
    expect(stuck).toEqual([]);
    expect(lost.toSorted()).toEqual([SYSTEM_JOB, JOB].toSorted());
    await Promise.all(runIds.map((runId) => outcome(runId)));
  });
});
