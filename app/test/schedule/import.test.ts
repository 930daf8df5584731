import { execFileSync, spawnSync } from 'node:child_process';
import { array, assert, constantFrom, oneof, property, string, tuple } from 'fast-check';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseCrontab } from '../../src/schedule/crontab/parse.ts';
import { detectOrigin } from '../../src/schedule/import/detect-origin.ts';
import { importCrontab } from '../../src/schedule/import/import-crontab.ts';
import { ORIGINS, type Origin } from '../../src/schedule/import/job-line.ts';

const GITCRON = join(import.meta.dirname, '../../bin/gitcron.js');

function imported(source: string, origin: Origin = 'user') {
  const { text, ...counts } = importCrontab(source, { origin, name: 'a test', zone: 'UTC' });
  const { jobs, problems } = parseCrontab(text, { file: 'crontab.txt', defaultZone: 'UTC' });
  expect(problems).toEqual([]);
  expect(counts.jobs).toBe(jobs.length);
  const decisions = text.split('\n').filter((line) => line.startsWith('# DECIDE:'));
  expect(counts.decisions).toBe(decisions.length);
  return { text, jobs, decisions: decisions.slice(1) };
}

test('Debian’s /etc/crontab: users go, and it is said what they were', () => {
  const { jobs, text, decisions } = imported(
    `SHELL=/bin/sh
# m h dom mon dow user  command
17 *    * * *   root    cd / && run-parts --report /etc/cron.hourly
47 6    * * 7   www-data    php artisan schedule:run
`,
    'system',
  );
  expect(jobs.map(({ command, schedule }) => [schedule.source, command])).toEqual([
    ['17 * * * *', 'cd / && run-parts --report /etc/cron.hourly'],
    ['47 6 * * 7', 'php artisan schedule:run'],
  ]);
  expect(jobs[0]?.environment).toEqual({ SHELL: '/bin/sh' });
  expect(text).toContain('# DECIDE: cron ran it as www-data');
  expect(decisions.some((line) => line.includes('a directory of the machine'))).toBe(true);
});

test('one user for all is said once', () => {
  const { decisions } = imported('1 2 * * * root echo a\n3 4 * * * root echo b\n', 'system');
  expect(decisions).toEqual([
    '# DECIDE: cron ran all of them as root. Gitcron runs every job as one user without more rights.',
  ]);
});

test('what stood behind % is read by the command, as cron gave it', () => {
  const { jobs } = imported(String.raw`0 0 * * * tr a-z A-Z%dear 'Ann',%100\% of it%`);
  const command = jobs[0]?.command ?? '';
  expect(execFileSync('sh', ['-c', command], { encoding: 'utf8' })).toBe(
    "DEAR 'ANN',\n100% OF IT\n",
  );
  const [both] = imported('0 0 * * * true; cat%a').jobs;
  expect(execFileSync('sh', ['-c', both?.command ?? ''], { encoding: 'utf8' })).toBe('a\n');
});

test('MAILTO is taken out and its meaning said; other variables stay', () => {
  const { jobs, text } = imported('MAILTO=ops@example.com\nMAILFROM=x\nA = " b "\n@daily echo\n');
  expect(text).toContain('cron mailed what these jobs wrote to ops@example.com');
  expect(jobs[0]?.environment).toEqual({ A: ' b ' });
});

test('supercronic: six fields end in a year there, and variables hold for every job', () => {
  const { jobs } = imported(
    '0 2 * * * */5 echo y\n*/10 * * * * * 2030 echo s\nA=1\n',
    'supercronic',
  );
  expect(jobs.map(({ schedule }) => schedule.source)).toEqual([
    '0 0 2 * * * */5',
    '*/10 * * * * * 2030',
  ]);
  expect(jobs.map(({ environment }) => environment)).toEqual([{ A: '1' }, { A: '1' }]);
});

test('a comment is no setting, a line that cannot be read becomes one with the reason', () => {
  const { text, jobs } = imported('# @daily by Bob\n99 * * * * echo\n0~30 3 * * * echo ok\n');
  expect(text).toContain('# DECIDE: this line cannot be taken over. 99 is not a minute.');
  expect(text).toContain('\n# 99 * * * * echo\n');
  expect(jobs.map(({ schedule }) => schedule.source)).toEqual(['0 3 * * *']);
});

test('a day field with a star and a step meant both, which is said', () => {
  const about = 'either is enough';
  expect(imported('0 0 1 * */2 echo').text).toContain(about);
  expect(imported('0 0 1 * 1 echo').text).not.toContain(about);
});

test.for([
  ['/etc/cron.d/php', '* * * * * x y', 'system'],
  [null, '1 2 * * * root echo\n@reboot root echo b', 'system'],
  [null, '1 2 * * * root-beer echo', 'user'],
  [null, '*/5 * * * * * * echo', 'supercronic'],
  [null, '@every 5m echo', 'supercronic'],
] as const)('looks at %s %s: %s', ([path, text, origin]) => {
  expect(detectOrigin(path, text, (name) => name === 'root')).toBe(origin);
});

test('whatever comes in, what comes out is a crontab', () => {
  const field = constantFrom('*', '5', '*/2', '1-5', '0~9', '~', 'MON', '99', '?', 'L', '2030');
  const line = oneof(
    string({ unit: 'binary' }),
    tuple(array(field, { minLength: 4, maxLength: 8 }), string()).map(
      ([fields, rest]) => `${fields.join(' ')} ${rest}`,
    ),
    tuple(constantFrom('# @', '@', 'A=', 'MAILTO=', 'CRON_TZ=', '#'), string()).map(
      ([begin, rest]) => begin + rest,
    ),
  );
  assert(
    property(array(line), constantFrom(...ORIGINS), (lines, origin) => {
      const { text } = imported(lines.join('\n'), origin);
      expect(text).toMatch(/^# From a test\.\n/);
    }),
  );
});

test('gitcron import reads what is piped in, prints the crontab, and sums up beside it', () => {
  const { stdout, stderr, status } = spawnSync(process.execPath, [GITCRON, 'import'], {
    input: '0 2 * * * root echo a\n',
    encoding: 'utf8',
  });
  expect(status).toBe(0);
  expect(stdout).toContain('# From standard input (a system crontab, with users).\n');
  expect(stdout).toContain('\n0 2 * * * echo a\n');
  expect(stderr).toBe(
    '1 job; 2 things to decide: look for "# DECIDE:". Then: gitcron check FILE\n',
  );
});

test('a file that is not there is said', () => {
  const { stdout, stderr, status } = spawnSync(process.execPath, [GITCRON, 'import', '/nowhere'], {
    encoding: 'utf8',
  });
  expect(status).toBe(66);
  expect(stdout).toBe('');
  expect(stderr).toContain('GITCRON_E_CRONTAB_UNREADABLE');
});

test('what is no UTF-8 is refused, and not taken over with other letters', () => {
  const latin1 = Buffer.from('0 2 * * * echo caf\xE9\n', 'latin1');
  const { stdout, stderr, status } = spawnSync(process.execPath, [GITCRON, 'import'], {
    input: latin1,
    encoding: 'utf8',
  });
  expect(status).toBe(65);
  expect(stdout).toBe('');
  expect(stderr).toContain('GITCRON_E_CRONTAB_NOT_TEXT');
  expect(stderr).toContain('at: standard input');
});

test('what is not seen in a schedule is named', () => {
  const { jobs, decisions } = imported('0 2\u00A0* * * echo a\n\u{FEFF}0 3 * * * echo b\n');
  expect(jobs.map(({ command }) => command)).toEqual(['echo b']);
  expect(decisions).toEqual([expect.stringContaining('a no-break space, U+00A0')]);
});

test('a shortcut that nobody knows is one thing to decide', () => {
  const { text, decisions } = imported('@noon echo lunch\n');
  expect(decisions).toEqual([expect.stringContaining('"@noon" is not a schedule')]);
  expect(text).toContain('# - @noon echo lunch');
});

test('a carriage return alone ends a line, too, and joins no two jobs', () => {
  const { jobs } = imported('0 2 * * * echo a\r0 3 * * * echo b\r');
  expect(jobs.map(({ command }) => command)).toEqual(['echo a', 'echo b']);
});
