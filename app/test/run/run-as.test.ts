import { chmodSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { startSupervisor } from './supervisor-process.ts';
import { isAlive } from './test-runner.ts';
import { until } from '../../../base/test/until.ts';

const JOBS_UID = 12_345;
const isRoot = process.platform === 'linux' && process.getuid?.() === 0;

/** The rights that the container leaves to the supervisor. */
const FEW_RIGHTS = [
  'setpriv',
  '--bounding-set=-all,+setuid,+setgid,+kill,+chown',
  '--inh-caps=-all',
];

// Only root can switch users; elsewhere the compose stack's end-to-end test covers it.
describe.skipIf(!isRoot)('a supervisor that is root with few rights', () => {
  const options = { wrapper: FEW_RIGHTS, uid: JOBS_UID };

  test('runs jobs as their user, who writes results and nothing else', async () => {
    const supervisor = startSupervisor(options);
    const command = [
      'id -u',
      'id -g',
      'id -G',
      'umask 077',
      'echo "{}" >$GITCRON_RESULT_FILE',
      `cat /proc/${supervisor.pid}/environ && exit 91`,
      `cat ${supervisor.runningFile} && exit 92`,
      `touch ${join(supervisor.directory, 'results', 'mine')} && exit 93`,
      'ls /proc/$PPID/fd && exit 94',
      `kill -0 ${supervisor.pid} && exit 95`,
      'exit 0',
    ].join('; ');
    supervisor.tell('run', command);
    const { outcome } = await supervisor.finished(0);
    expect(outcome).toMatchObject({ status: 'succeeded', exitCode: 0, result: '{}\n' });
    expect(readdirSync(join(supervisor.directory, 'results'))).toEqual([]);
  });

  test('never reads what a job puts in the place of its result', async () => {
    const supervisor = startSupervisor(options);
    const link = 'rm -f $GITCRON_RESULT_FILE; ln -sf /etc/shadow $GITCRON_RESULT_FILE; true';
    supervisor.tell('run', link);
    const { outcome } = await supervisor.finished(0);
    expect(outcome).toMatchObject({ status: 'succeeded', result: null });
  });

  test('ends all processes of a run, those of other sessions included', async () => {
    const supervisor = startSupervisor(options);
    const { directory } = supervisor;
    const pids = join(directory, 'pids');
    writeFileSync(pids, '');
    chmodSync(pids, 0o666);
    const stray = `setsid sh -c 'echo $$ >>${pids}; exec sleep 83'`;
    supervisor.tell('run', `${stray} & ( ${stray} & ) ; echo $$ >>${pids}; sleep 84`);
    const started = await until(() => {
      const all = readFileSync(pids, 'utf8').split('\n').filter(Boolean);
      return all.length === 3 && all.map(Number);
    }, 'three processes');
    supervisor.child.kill('SIGTERM');
    await supervisor.exited;
    for (const pid of started) expect(isAlive(pid)).toBe(false);
  });
});
