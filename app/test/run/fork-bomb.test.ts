import { mkdirSync, rmdirSync, writeFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startSupervisor } from './supervisor-process.ts';
import { until } from '../../../base/test/until.ts';

const LIMIT = 150;

/** A shell ends when it cannot fork; these go on, as long as anything of them is there. */
const BOMB = 'while (1) { fork // select(undef, undef, undef, 0.01) }';
const BOMB_OF_SESSIONS =
  'while (1) { my $child = fork; POSIX::setsid() if defined $child && !$child; select(undef, undef, undef, 0.01) }';

/** A control group with a limit on processes, as a container has one; null where we may make none. */
function limitedGroup(): string | null {
  const directory = `/sys/fs/cgroup/pids/gitcron-test-${process.pid}`;
  try {
    mkdirSync(directory);
    writeFileSync(join(directory, 'pids.max'), String(LIMIT));
    return directory;
  } catch {
    return null;
  }
}

const group = limitedGroup();

test.skipIf(group === null).each([
  ['in one group', 'exec perl -e "$BOMB"', 'failed', `left no room for others (at most ${LIMIT}`],
  [
    'in a session each',
    'exec perl -MPOSIX -e "$BOMB_OF_SESSIONS"',
    'failed',
    `left no room for others (at most ${LIMIT}`,
  ],
  // It ends at once, and what it has left behind goes on.
  ['that has left itself behind', 'perl -e "$BOMB" & exit 0', 'succeeded', 'Exit code 0.'],
  [
    'that hides',
    'setsid perl -MPOSIX -e "$BOMB_OF_SESSIONS" > /dev/null 2>&1 & exit 0',
    'succeeded',
    'Exit code 0.',
  ],
])(
  'a job that forks without bound, %s, is ended before nothing else can start',
  async (_, bomb, status, reason) => {
    const directory = group ?? '';
    onTestFinished(async () => {
      await until(() => removed(directory), 'the end of all its processes');
      limitedGroup();
    });
    const wrapper = ['sh', '-c', `echo $$ > ${join(directory, 'cgroup.procs')}; exec "$0" "$@"`];
    const house = startSupervisor({ wrapper });
    house.tell('run', 'true');
    await house.finished(0);
    let log = '';
    house.child.stdout.setEncoding('utf8').on('data', (text: string) => (log += text));
    house.tell('run', `export BOMB='${BOMB}' BOMB_OF_SESSIONS='${BOMB_OF_SESSIONS}'; ${bomb}`);
    await until(
      () => /so nothing else could start: ended \d+ processes/.test(log),
      'its end',
      30_000,
    );
    const { outcome } = await house.finished(1);
    expect(outcome.status).toBe(status);
    const [, ended] = /could start: ended (\d+) processes/.exec(log) ?? [];
    expect(Number(ended)).toBeGreaterThan(LIMIT / 2);
    expect(outcome.reason).toContain(reason);
    // Whoever takes note of orphans' ends takes his time.
    const left = () => Number(readFileSync(join(directory, 'pids.current'), 'utf8'));
    await until(() => left() < LIMIT / 2, 'room for others', 20_000);
    house.tell('run', 'true');
    expect(await house.finished(2)).toMatchObject({ outcome: { status: 'succeeded' } });
  },
  60_000,
);

function removed(directory: string): boolean {
  try {
    rmdirSync(directory);
    return true;
  } catch {
    return false;
  }
}
