import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { GitcronProcess } from './gitcron-process.ts';
import { until } from '../../base/test/until.ts';

const ROUNDS = Number(process.env['KILL_ROUNDS'] ?? 8);

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'gitcron-following-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** A supervisor of that crontab, on the state of the one before. */
function start(...lines: readonly string[]): GitcronProcess {
  const crontab = join(directory, 'crontab');
  writeFileSync(crontab, `${lines.join('\n')}\n`);
  return new GitcronProcess(['cron', crontab, '--state', join(directory, 'state')], {
    cwd: directory,
    env: { TZ: 'UTC', SHUTDOWN_GRACE: '10' },
  });
}

function linesOf(name: string): string[] {
  try {
    return readFileSync(join(directory, name), 'utf8').split('\n').slice(0, -1);
  } catch {
    return [];
  }
}

/** Of the runs that were followed. */
function idsIn(file: string): string[] {
  return linesOf(file).map((line) => line.slice(0, 36));
}

async function killed(supervisor: GitcronProcess): Promise<void> {
  supervisor.child.kill('SIGKILL');
  await supervisor.end();
}

/** What the follower was told, a line for each of its runs. */
const note = (file: string) =>
  `echo "$GITCRON_AFTER_RUN_ID $GITCRON_AFTER_STATUS $GITCRON_AFTER_RESULT" >> ${join(directory, file)}`;

test('a run that was lost to a kill is followed as one that failed, by the crontab of the next start', async () => {
  const root = ['# @name root', '@reboot echo begun; sleep 60'];
  // Who follows it comes only while it runs, and is noted all the same.
  await using first = start(...root);
  await first.sees(/\| begun/);
  const crontab = [
    ...root,
    ...['# @name good', `@after root ${note('good')}`],
    ...['# @name bad', `@after-failed root ${note('bad')}`],
    ...['# @name any', `@after-ended root ${note('any')}`],
    ...['# @name next', `@after bad ${note('next')}`],
  ];
  writeFileSync(join(directory, 'crontab'), `${crontab.join('\n')}\n`);
  await first.sees(/5 jobs are scheduled/);
  await killed(first);

  await using second = start(...crontab.with(1, '@manual sleep 60'));
  await second.sees(/next#\w+ succeeded/);
  await second.sees(/any#\w+ succeeded/);
  const [lost = ''] = /root#(\w+) was lost/.exec(second.output)?.slice(1) ?? [];
  expect(lost).not.toBe('');
  expect(second.output).toMatch(new RegExp(`bad#\\w+ started \\(after root#${lost}\\)`));
  expect(second.output).toMatch(/next#\w+ started \(after bad#\w+\)/);
  expect(linesOf('bad')).toEqual([expect.stringMatching(new RegExp(`${lost} lost $`))]);
  expect(linesOf('any')).toEqual(linesOf('bad'));
  expect(linesOf('next')).toHaveLength(1);
  expect(linesOf('good')).toEqual([]);
  await killed(second);

  await using third = start(...crontab.with(1, '@manual sleep 60'));
  await third.sees(/5 jobs are scheduled/);
  expect(third.output).not.toMatch(/(bad|any)#\w+ started/);
});

test('what was to follow a run that ended in a shutdown is made up for at the next start, where @catchup says so', async () => {
  const crontab = [
    ...[
      '# @name root',
      `@reboot trap 'printf made > $GITCRON_RESULT_FILE; exit 0' TERM; echo ready; sleep 60 & wait`,
    ],
    ...['# @name missed', `@after root ${note('missed')}`],
    ...['# @name last', '# @catchup last', `@after root ${note('last')}`],
    ...['# @name late', '# @catchup all 1s', `@after root ${note('late')}`],
    ...['# @name other', '# @catchup all', `@after-failed root ${note('other')}`],
  ];
  await using first = start(...crontab);
  await first.sees(/\| ready/);
  first.child.kill('SIGTERM');
  await first.end();
  expect(first.output).toMatch(/root#\w+ succeeded/);
  const endedAt = Date.now();

  const withoutRoot = crontab.with(1, '@manual true');
  await until(() => Date.now() > endedAt + 1000, 'that it is too late');
  await using second = start(...withoutRoot);
  await second.sees(/last#\w+ started \(catch_up, after root#\w+\)/);
  await second.sees(/last#\w+ succeeded/);
  expect(second.output).toMatch(/missed did not follow a run .* With # @catchup last/);
  expect(second.output).toMatch(/late did not follow a run .* too late/);
  expect(linesOf('last')).toEqual([expect.stringMatching(/ succeeded made$/)]);
  expect([linesOf('missed'), linesOf('late'), linesOf('other')]).toEqual([[], [], []]);
  second.child.kill('SIGTERM');
  await second.end();

  await using third = start(...withoutRoot);
  await third.sees(/5 jobs are scheduled/);
  expect(third.output).not.toMatch(/did not follow|last#\w+ started/);
});

test('what waits for its turn when Gitcron is killed is made up for, where @catchup says so', async () => {
  const crontab = [
    ...['# @name holds', '# @lock one', '@reboot echo holds; sleep 60'],
    ...['# @name root', '@manual true'],
    ...['# @name waits', '# @lock one', '# @catchup last', `@after root ${note('waits')}`],
    ...['# @name gone', '# @lock one', `@after root ${note('gone')}`],
  ];
  await using first = start(...crontab.with(4, '@every 1s true'));
  await first.sees(/\| holds/);
  await first.sees(/root#\w+ succeeded/);
  await killed(first);

  await using second = start(...crontab.with(2, '@manual true'));
  await second.sees(/waits#\w+ succeeded/);
  expect(second.output).toMatch(/gone did not follow (a run|\d+ runs) /);
  expect(linesOf('waits')).toEqual([expect.stringMatching(/ succeeded $/)]);
  expect(linesOf('gone')).toEqual([]);
}, 60_000);

test('kill -9 at any instant: each run that ended is followed, and none twice', async () => {
  const crontab = [
    ...['# @name root', '# @overlap allow', '* * * * * * * true'],
    ...['# @name next', '# @overlap queue', '# @catchup all', `@after root ${note('next')}`],
    ...['# @name last', '# @overlap queue', '# @catchup all', `@after-ended next ${note('last')}`],
  ];
  const succeeded = new Map<string, string[]>([
    ['root', []],
    ['next', []],
  ]);
  let lost = 0;
  const read = ({ output }: GitcronProcess): void => {
    for (const [, job = '', id = ''] of output.matchAll(/(root|next)#(\w+) succeeded/g)) {
      succeeded.get(job)?.push(id);
    }
    lost += [...output.matchAll(/(?:next|last)#\w+ was lost/g)].length;
  };
  for (let round = 0; round < ROUNDS; round += 1) {
    await using supervisor = start(...crontab);
    await supervisor.sees(/3 jobs are scheduled/);
    const before = linesOf('last').length;
    await until(() => linesOf('last').length > before, 'a run at the end of the chain');
    await supervisor.sees(/root#\w+ succeeded/, supervisor.output.length);
    await pause(Math.random() * 40);
    await killed(supervisor);
    read(supervisor);
  }
  await using after = start(...crontab.with(2, '@manual true'));
  await after.sees(/3 jobs are scheduled/);
  const missing = () => [
    ...(succeeded.get('root') ?? []).filter((id) => !idsIn('next').some((of) => of.endsWith(id))),
    ...(succeeded.get('next') ?? []).filter((id) => !idsIn('last').some((of) => of.endsWith(id))),
  ];
  // One that had begun at the very instant of a kill is told as lost, and not begun again.
  const lostSince = () => [...after.output.matchAll(/(?:next|last)#\w+ was lost/g)].length;
  await until(() => missing().length <= lost + lostSince(), 'that all is followed');
  for (const file of ['next', 'last']) expect(idsIn(file)).toEqual([...new Set(idsIn(file))]);
  expect(succeeded.get('root')?.length).toBeGreaterThanOrEqual(ROUNDS);
}, 240_000);
