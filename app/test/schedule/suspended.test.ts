import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { GitcronProcess } from '../gitcron-process.ts';
import { until } from '../../../base/test/until.ts';

const STALL_MS = 4000;

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'gitcron-suspended-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** A job of every second that notes its slots. */
function job(name: string, catchUp: string, rest = ''): string {
  const command = `echo $GITCRON_SCHEDULED_AT >> ${name}${rest}`;
  return `# @name ${name}\n# @catchup ${catchUp}\n* * * * * * * ${command}\n`;
}

/** The slots that a job has run for, in the order of its runs. Milliseconds. */
function slotsOf(name: string): number[] {
  const text = readFileSync(join(directory, name), 'utf8');
  return text
    .split('\n')
    .slice(0, -1)
    .map((at) => Date.parse(at));
}

/** Whole seconds in [from, to]. */
function secondsBetween(from: number, to: number): number[] {
  const count = Math.floor((to - from) / 1000) + 1;
  return Array.from({ length: count }, (_, index) => from + index * 1000);
}

test.each(['SIGCONT', 'SIGKILL'] as const)(
  'a supervisor that stands still for seconds (until %s): `all` runs each slot once, `last` the newest',
  async (ending) => {
    const crontab = join(directory, 'crontab');
    // One that takes so long that slots come due while it still makes up for the others.
    const slow = job('slow', 'all', '; sleep 0.4');
    writeFileSync(crontab, job('all', 'all') + job('last', 'last') + slow);
    const names = ['all', 'last', 'slow'];
    for (const name of names) writeFileSync(join(directory, name), '');
    const start = () =>
      new GitcronProcess(['cron', crontab, '--state', join(directory, 'state')], {
        cwd: directory,
        env: { TZ: 'UTC' },
      });
    const haveAllRun = (since: number) =>
      until(
        () => names.every((name) => (slotsOf(name).at(-1) ?? 0) >= since),
        () => names.map((name) => `${name}: ${slotsOf(name).length}`).join(', '),
        60_000,
      );

    await using first = start();
    await haveAllRun(Date.now() + 2000);
    // What was dealt with is on disk a second later; only then a restart knows as much as we do.
    if (ending === 'SIGKILL') await haveAllRun(Date.now() + 2000);
    first.child.kill('SIGSTOP');
    const stoppedAt = Date.now();
    // The time itself is what is tried here.
    await pause(STALL_MS);
    const continuedAt = Date.now();
    first.child.kill(ending);
    if (ending === 'SIGKILL') await first.end();
    await using successors = new AsyncDisposableStack();
    if (ending === 'SIGKILL') successors.use(start());
    await haveAllRun(continuedAt + 5000);

    for (const name of ['all', 'slow']) {
      // Later ones of the slow job come while it is still behind, as with any job that is slow.
      const slots = slotsOf(name).filter((at) => name === 'all' || at <= continuedAt + 1000);
      const distinct = new Set(slots);
      const wanted = secondsBetween(slots[0] ?? 0, slots.at(-1) ?? 0);
      expect({ name, slots: [...distinct] }).toEqual({ name, slots: wanted });
      // Killed within a second or two of a slot, it may be made up for again; see handled-slots.ts.
      const twice = slots.length - distinct.size;
      expect(twice).toBeLessThanOrEqual(ending === 'SIGKILL' ? 2 : 0);
    }
    const old = slotsOf('last').filter((at) => at > stoppedAt && at <= continuedAt - 1000);
    expect(old).toEqual([]);
    expect(slotsOf('last').some((at) => at > continuedAt - 1000)).toBe(true);
  },
  90_000,
);
