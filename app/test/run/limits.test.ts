import { execFileSync, spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { startSupervisor, type SupervisorProcess } from './supervisor-process.ts';

const NOBODY = 12_345;
const isRoot = process.getuid?.() === 0;

/** Limits are no limits for root, so root's supervisor runs as somebody else. */
const AS_USER = isRoot
  ? ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups']
  : [];

/** Changes a limit of a process that runs (prlimit(1)). */
function limit({ pid }: SupervisorProcess, limits: string): void {
  execFileSync('env', [...AS_USER, 'prlimit', `--pid=${pid}`, limits]);
}

// prlimit(1) is Linux's; elsewhere a limit can't be changed from outside.
describe.skipIf(process.platform !== 'linux')('a limit of the system', () => {
  test('no more processes allowed: a failed run with a reason, and then all is well', async () => {
    const supervisor = startSupervisor({ wrapper: AS_USER });
    supervisor.tell('run', 'true');
    expect(await supervisor.finished(0)).toMatchObject({ outcome: { status: 'succeeded' } });
    limit(supervisor, '--nproc=1:');
    supervisor.tell('run', 'true');
    const { outcome } = await supervisor.finished(1);
    expect(outcome).toMatchObject({ status: 'failed', exitCode: null, signal: null });
    expect(outcome.reason).toMatch(/^Not started: no more processes are allowed \[EAGAIN\]/);
    limit(supervisor, '--nproc=1000:');
    supervisor.tell('run', 'true');
    expect(await supervisor.finished(2)).toMatchObject({ outcome: { status: 'succeeded' } });
  });

  test('no more open files allowed: the same', async () => {
    const supervisor = startSupervisor({ wrapper: AS_USER });
    supervisor.tell('run', 'true');
    await supervisor.finished(0);
    limit(supervisor, '--nofile=10:');
    supervisor.tell('run', 'true');
    const { outcome } = await supervisor.finished(1);
    expect(outcome).toMatchObject({ status: 'failed', exitCode: null, signal: null });
    expect(outcome.reason).toMatch(/^Not started: .*\[EMFILE\]/);
    limit(supervisor, '--nofile=1000:');
    supervisor.tell('run', 'true');
    expect(await supervisor.finished(2)).toMatchObject({ outcome: { status: 'succeeded' } });
  });
});

/**
 * Memory can't be taken from fork alone, so strace(1) answers the second fork in the kernel's place.
 * With -D the supervisor stays our child.
 */
const WITHOUT_MEMORY_ONCE =
  'strace -D -f -qq -o /dev/null -e trace=clone -e inject=clone:error=ENOMEM:when=2'.split(' ');

test.skipIf(spawnSync('strace', ['-o', '/dev/null', 'true']).status !== 0)(
  'no memory for another process: the same',
  async () => {
    const supervisor = startSupervisor({ wrapper: WITHOUT_MEMORY_ONCE });
    for (let run = 0; run < 3; run += 1) {
      supervisor.tell('run', 'true');
      await supervisor.finished(run);
    }
    expect((await supervisor.finished(0)).outcome.status).toBe('succeeded');
    const { outcome } = await supervisor.finished(1);
    expect(outcome).toMatchObject({ status: 'failed', exitCode: null, signal: null });
    expect(outcome.reason).toMatch(/^Not started: there is no memory .*\[ENOMEM\]/);
    expect((await supervisor.finished(2)).outcome.status).toBe('succeeded');
  },
);
