import { MAX_COMMAND_BYTES } from '../../src/schedule/crontab/job-line.ts';
import { describe, expect, test } from 'vitest';
import { compareJobs } from '../../src/schedule/compare-jobs.ts';
import { MAX_CRONTAB_BYTES } from '../../src/schedule/crontab/decode.ts';
import { parseCrontab } from '../../src/schedule/crontab/parse.ts';
import { DEFAULT_SETTINGS } from '../../src/schedule/crontab/settings.ts';
import type { Job } from '../../src/schedule/job.ts';

const OPTIONS = { file: 'app/crontab.txt', defaultZone: 'UTC' };

function parse(text: string | Uint8Array) {
  return parseCrontab(text, OPTIONS);
}

function jobsOf(text: string): readonly Job[] {
  const { jobs, problems } = parse(text);
  expect(problems).toEqual([]);
  return jobs;
}

function onlyJob(text: string): Job {
  const [job, ...more] = jobsOf(text);
  if (job === undefined || more.length > 0) throw new Error(`${more.length + 1} jobs in ${text}`);
  return job;
}

function declaring(names: readonly string[]) {
  return parse([...names.map((name) => `# @param ${name}?`), '@daily a'].join('\n'));
}

function bySlug(lines: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    jobsOf(lines.join('\n')).map(({ slug, schedule, command }) => [
      slug,
      `${schedule.source} ${command}`,
    ]),
  );
}

describe('titles and sections', () => {
  test('a title is the slug where none is given; a section holds to the next', () => {
    expect(
      jobsOf(
        [
          '@daily ./first.sh',
          '# @section  Sales & numbers ',
          '',
          'A=1',
          '# Sends it.',
          '# @title Monthly report',
          '@daily ./report.sh',
          '',
          '@daily ./other.sh',
          '# Cleans up.',
          '# @section House',
          '# @name tidy',
          '@daily ./tidy.sh',
        ].join('\n'),
      ).map(({ slug, title, section }) => [slug, title, section]),
    ).toEqual([
      ['first', 'first', null],
      ['report', 'Monthly report', 'Sales & numbers'],
      ['other', 'other', 'Sales & numbers'],
      ['tidy', 'tidy', 'House'],
    ]);
  });

  test('a section between the comments of a job is no part of its description', () => {
    expect(onlyJob('# One.\n# @section S\n# Two.\n@daily a').description).toBe('One.\nTwo.');
  });

  test('a section needs no job, another setting does', () => {
    const text = '# @section S\n# @title T\n\n@daily a';
    expect(parse(text).warnings).toMatchObject([{ code: 'GITCRON_W_STRAY_SETTING', line: 2 }]);
    expect(parse('# @section S\n\n@daily a').warnings).toEqual([]);
  });

  test.each([
    ['# @section', 1, 11],
    ['#   @section  ', 1, 13],
    ['# @title', 1, 9],
    [`# @title ${'x'.repeat(101)}`, 1, 10],
    [`# @section ${'x'.repeat(101)}`, 1, 12],
    ['# @title A\n# @title B', 2, 3],
    ['# @sektion A', 1, 3],
  ])('%j is refused at its place', (comments, line, column) => {
    const { problems } = parse(`${comments}\n@daily a`);
    expect(problems).toMatchObject([{ code: 'GITCRON_E_CRONTAB_SETTING', line, column }]);
  });

  test('neither changes what runs', () => {
    const before = onlyJob('@daily a');
    expect(compareJobs(before, onlyJob('# @section S\n# @title T\n@daily a'))).toBe('same');
  });
});

describe('parameters', () => {
  test.each([
    ['month', 'month', '', { kind: 'required' }],
    ['month  Which month', 'month', 'Which month', { kind: 'required' }],
    ['month? Which month?', 'month', 'Which month?', { kind: 'optional' }],
    ['month=', 'month', '', { kind: 'default', value: '' }],
    ['month=2026-10 The = month', 'month', 'The = month', { kind: 'default', value: '2026-10' }],
    ['a.b-c_1="two words" x', 'a.b-c_1', 'x', { kind: 'default', value: 'two words' }],
    [`json='{"a":1}'`, 'json', '', { kind: 'default', value: '{"a":1}' }],
    ['url=http://h/?a=b x', 'url', 'x', { kind: 'default', value: 'http://h/?a=b' }],
  ])('@param %s', (text, name, description, given) => {
    expect(onlyJob(`# @param ${text}\n@manual a`).params).toEqual([{ name, description, given }]);
  });

  test.each([
    '',
    '?',
    '=1',
    '1st',
    '__proto__',
    'month?=1',
    'a?b=c',
    `a="half`,
    `a="two"words`,
    `a=O'Brien`,
    'x'.repeat(65),
    'wait?',
  ])('@param %s is refused', (text) => {
    const { problems } = parse(`# @param ${text}\n@manual a`);
    expect(problems).toMatchObject([{ code: 'GITCRON_E_CRONTAB_PARAM', line: 1 }]);
  });

  test('as many as wanted, each once, in bounds', () => {
    const names = Array.from({ length: 50 }, (_, index) => `p${index}`);
    expect(declaring(names).problems).toEqual([]);
    expect(declaring([...names, 'more']).problems).toMatchObject([{ line: 51 }]);
    expect(declaring(['a', 'b', 'a']).problems).toMatchObject([{ line: 3 }]);
  });

  test.each(['@daily', '*/5 * * * *', '@every 1h', '@reboot'])(
    'what is required has to be given, and %s gives nothing',
    (schedule) => {
      const text = `# @disabled\n# @param a?\n# @param month  Which\n# @param b=1\n${schedule} x`;
      expect(parse(text).problems).toMatchObject([
        { code: 'GITCRON_E_CRONTAB_PARAM', line: 3, column: 3 },
      ]);
    },
  );

  test('other parameters are a change of the job', () => {
    const [one, two, again] = ['a=1', 'a=2', 'a=1'].map((param) =>
      onlyJob(`# @param ${param}\n@daily a`),
    );
    if (one === undefined || two === undefined || again === undefined) throw new Error('no job');
    expect(compareJobs(one, two)).toBe('changed');
    expect(compareJobs(one, again)).toBe('same');
  });
});

describe('lines', () => {
  test('comments, variables, tabs, spaces and Windows line ends', () => {
    const jobs = jobsOf(
      '\u{FEFF}# A comment\r\n\r\nA=\r\n B = "two words" \r\n\t*/5\t* * *  *\tnode  a.ts  # not a comment \r\nA=3\r\n@daily b',
    );
    expect(
      jobs.map(({ schedule, command, environment, line }) => ({
        schedule: schedule.source,
        command,
        environment,
        line,
      })),
    ).toEqual([
      {
        schedule: '*/5 * * * *',
        command: 'node  a.ts  # not a comment',
        environment: { A: '', B: 'two words' },
        line: 5,
      },
      { schedule: '@daily', command: 'b', environment: { A: '3', B: 'two words' }, line: 7 },
    ]);
  });

  test.each([
    ['0 2 * * * 7z a x', '0 2 * * *', '7z a x'],
    ['0 2 * * * w', '0 2 * * *', 'w'],
    ['30 0 2 * * * w', '30 0 2 * * *', 'w'],
    ['0 2 * * * 2030 w', '0 2 * * * 2030', 'w'],
    ['30 0 2 * * MON 2030 w', '30 0 2 * * MON 2030', 'w'],
    ['30 0 2 * * * * FOO=1 w', '30 0 2 * * * *', 'FOO=1 w'],
    ['0 0 * * 0 5', '0 0 * * 0', '5'],
    ['@every 90s date +%s', '@every 90s', 'date +%s'],
    ['@reboot a', '@reboot', 'a'],
    ['@manual a', '@manual', 'a'],
    ['@annually a', '@annually', 'a'],
    ['* * * * * X=1 Y=2 c', '* * * * *', 'X=1 Y=2 c'],
  ])('%s', (line, schedule, command) => {
    const job = onlyJob(line);
    expect({ schedule: job.schedule.source, command: job.command }).toEqual({
      schedule,
      command,
    });
  });

  test('CRON_TZ holds for the lines below it, @tz for one job', () => {
    const jobs = jobsOf(
      '@daily a\nCRON_TZ=Europe/Berlin\n@daily b\n# @tz Asia/Tokyo\n@daily c\nCRON_TZ=\n@daily d',
    );
    const zones = jobs.map(({ schedule }) => (schedule.kind === 'cron' ? schedule.zone : null));
    expect(zones).toEqual(['UTC', 'Europe/Berlin', 'Asia/Tokyo', 'UTC']);
    expect(jobs[1]?.environment).toEqual({});
  });

  test.each([
    ['60 * * * * x', 'GITCRON_E_EXPRESSION_VALUE', 1, 1],
    ['\n  */5 * * * * 8 x', 'GITCRON_E_EXPRESSION_VALUE', 2, 15],
    ['hello', 'GITCRON_E_CRONTAB_LINE', 1, 1],
    ['0 0 * * *', 'GITCRON_E_CRONTAB_NO_COMMAND', 1, 10],
    ['0 2 * * MON-FRI mon tor', 'GITCRON_E_EXPRESSION_SYNTAX', 1, 9],
    ['@daily', 'GITCRON_E_CRONTAB_NO_COMMAND', 1, 7],
    ['@every x y', 'GITCRON_E_DURATION', 1, 8],
    ['@every 0s y', 'GITCRON_E_DURATION', 1, 8],
    ['@dayly y', 'GITCRON_E_EXPRESSION_SHORTCUT', 1, 1],
    ['CRON_TZ=Mars/Base', 'GITCRON_E_ZONE', 1, 9],
    [' 1A=3', 'GITCRON_E_CRONTAB_VARIABLE', 1, 2],
    ['0 0 30 2 * x', 'GITCRON_E_EXPRESSION_NEVER', 1, 5],
    ['\n@daily echo \u001b[2J', 'GITCRON_E_CRONTAB_NOT_TEXT', 2, 13],
    ['@daily a\r@daily b', 'GITCRON_E_CRONTAB_NOT_TEXT', 1, 9],
    ['# a\u0085b', 'GITCRON_E_CRONTAB_NOT_TEXT', 1, 4],
  ])('%j is refused with %s', (text, code, line, column) => {
    expect(parse(text).problems).toEqual([
      {
        code,
        line,
        column,
        file: 'app/crontab.txt',
        message: expect.any(String),
        expected: expect.any(String),
        hint: expect.any(String),
      },
    ]);
  });

  test('all mistakes are told at once, in the order of the lines', () => {
    const { problems, jobs } = parse(
      '61 * * * * a\n@daily b\n# @timeot 5m\n# @retries many\n@daily c\n# @name b\n@daily d\n# @name b\n@daily e',
    );
    expect(problems.map(({ line, code }) => [line, code])).toEqual([
      [1, 'GITCRON_E_EXPRESSION_VALUE'],
      [3, 'GITCRON_E_CRONTAB_SETTING'],
      [4, 'GITCRON_E_CRONTAB_SETTING'],
      [9, 'GITCRON_E_CRONTAB_SLUG'],
    ]);
    expect(jobs).toHaveLength(4);
  });
});

test('no job of a repository can have the name of one of the system: names have no dot', () => {
  const { jobs, problems } = parse(
    '* * * * * system.backup.sh\n# @name system.backup\n* * * * * a',
  );
  expect(problems.map(({ line, message }) => [line, message])).toEqual([
    [2, '"system.backup" cannot be a name.'],
  ]);
  expect(jobs.filter(({ slug }) => slug.includes('.'))).toEqual([]);
});

test('all mistakes of one line are told', () => {
  const { problems } = parse('# @name two words\n# @retires 2\n61,x 25 32 13 8 cmd');
  expect(problems.map(({ line, column, message }) => [line, column, message])).toEqual([
    [1, 9, '"two words" cannot be a name.'],
    [2, 3, 'There is no setting @retires.'],
    [3, 1, '61 is not a minute.'],
    [3, 4, '"x" is not a minute.'],
    [3, 6, '25 is not an hour.'],
    [3, 9, '32 is not a day of month.'],
    [3, 12, '13 is not a month.'],
    [3, 15, '8 is not a day of week.'],
  ]);
});

test.each([
  ['H 3 * * * x', 'H is Jenkins'],
  ['H/15 3 * * * x', 'H is Jenkins'],
  ['H(0-29) 3 * * * x', 'H is Jenkins'],
  ['0~30 3 * * * x', '~ is cronie'],
  ['0 0 L-3 * * x', 'from the end of the month'],
  ['-1 0 * * * x', 'Values have no sign'],
  ['*/ 0 * * * x', 'Behind / the step is missing'],
])('%s: %s', (line, hint) => {
  expect(parse(line).problems.map((problem) => problem.hint)).toEqual([
    expect.stringContaining(hint),
  ]);
});

describe('settings', () => {
  test('the comment block directly above a job', () => {
    const job = onlyJob(`# Not this one.

# Nightly sales report,
# mailed to finance.
# @name nightly-report
#@timeout 1h30m
# @grace 0s
# @retries 2
# @retry-delay 1m
# @overlap queue
# @catchup all 6h
# @jitter 90s
# @notify always
# @lock database
# @disabled
# @hourly an-old-line-that-somebody-commented-out
0 2 * * *  node app/scripts/report.ts`);
    expect(job.slug).toBe('nightly-report');
    expect(job.description).toBe('Nightly sales report,\nmailed to finance.');
    expect(job.settings).toEqual({
      timeoutMs: 5_400_000,
      graceMs: 0,
      retries: 2,
      retryDelayMs: 60_000,
      overlap: 'queue',
      catchUp: { kind: 'all', windowMs: 21_600_000 },
      jitterMs: 90_000,
      notify: 'always',
      lock: 'database',
      disabled: true,
    });
  });

  test('the defaults', () => {
    expect(onlyJob('@daily a').settings).toEqual(DEFAULT_SETTINGS);
    expect(onlyJob('# @catchup last\n@daily a').settings.catchUp).toEqual({
      kind: 'last',
      windowMs: null,
    });
  });

  test.each([
    ['# @timeot 5m', 3, 'Did you mean @timeout?'],
    ['# @author Bob', 3, 'Take the line out.'],
    ['# @timeout', 11, '30s'],
    ['# @timeout 0s', 12, '30s'],
    ['#   @timeout  5 minutes', 15, '30s'],
    ['# @retries -1', 12, '@retries 2'],
    ['# @retries 101', 12, '@retries 2'],
    ['# @overlap never', 12, 'skip'],
    ['# @catchup some', 12, '@catchup last'],
    ['# @catchup all 6x', 16, '30s'],
    ['# @catchup none 6h', 12, '@catchup last'],
    ['# @tz Mars/Base', 7, 'Europe/Berlin'],
    ['# @notify sometimes', 11, 'never'],
    ['# @lock Data Base', 9, 'data-base'],
    ['# @name -x', 9, 'example x'],
    ['# @disabled yes', 13, 'take the whole line out'],
    ['# @retries 1\n# @retries 2', 3, 'one of the two lines'],
  ])('%j is refused at column %i', (comment, column, hint) => {
    const { problems } = parse(`${comment}\n@daily a`);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({ column, hint: expect.stringContaining(hint) });
    expect(problems[0]?.line).toBe(comment.split('\n').length);
  });

  test('a setting that no job follows is not ignored in silence', () => {
    const { warnings, problems } = parse(
      'A=0\n# @timeout 5m\n\n@daily a\n# @retries 2\nA=1\n@daily b\n# @author Bob\n',
    );
    expect(problems).toEqual([]);
    expect(warnings.map(({ line, code }) => [line, code])).toEqual([
      [2, 'GITCRON_W_STRAY_SETTING'],
      [5, 'GITCRON_W_STRAY_SETTING'],
    ]);
  });
});

describe('slugs', () => {
  test.each([
    ['node app/scripts/report.ts', 'report'],
    ['node --max-old-space-size=200 "./Sales Report.ts"', 'report'],
    ['python3 -u /app/project/current/app/scripts/populate_test_data.py', 'populate_test_data'],
    ['cd app && FOO=1 ./run.sh > out.py', 'run'],
    ['/usr/bin/curl -fsS https://example.com/run.php', 'curl'],
    ['pg_dump shop | gzip > shop.sql', 'pg_dump'],
    ['FOO=1 make all', 'make'],
    ['{ echo; }', 'job'],
    ['привет.sh', 'job'],
  ])('%s → %s', (command, slug) => {
    expect(onlyJob(`@daily ${command}`).slug).toBe(slug);
  });

  test('jobs of one script are told apart by their own lines, in any order', () => {
    const lines = ['@daily curl a', '@daily curl b', '@hourly curl a', '@daily other'];
    const slugs = bySlug(lines);
    expect(Object.keys(slugs)).toHaveLength(4);
    expect(slugs['other']).toBe('@daily other');
    expect(bySlug(lines.toReversed())).toEqual(slugs);
    const { warnings } = parse(lines.join('\n'));
    expect(warnings.map(({ line, code, message }) => [line, code, message])).toEqual([
      [
        1,
        'GITCRON_W_SHARED_SLUG',
        expect.stringMatching(
          /^3 jobs would be called curl: curl-\w{6} in line 1, curl-\w{6} in line 2, curl-\w{6} in line 3\.$/,
        ),
      ],
    ]);
  });

  test('a name that is written has precedence over a default, and two equal lines are two jobs', () => {
    const slugs = jobsOf('# @name curl\n@daily x\n@daily curl a\n@daily curl a').map(
      ({ slug }) => slug,
    );
    expect(slugs[0]).toBe('curl');
    expect(new Set(slugs).size).toBe(3);
  });
});

describe('faults', () => {
  test.each([
    ['too large', new Uint8Array(MAX_CRONTAB_BYTES + 1).fill(35), 'GITCRON_E_CRONTAB_TOO_LARGE'],
    ['nothing', '', 'GITCRON_E_CRONTAB_EMPTY'],
    ['blank lines', '\n \n', 'GITCRON_E_CRONTAB_EMPTY'],
    ['NUL', Buffer.from('@daily a\0b'), 'GITCRON_E_CRONTAB_NOT_TEXT'],
    ['not UTF-8', Buffer.from([0x40, 0xff, 0xfe, 0x0a]), 'GITCRON_E_CRONTAB_NOT_TEXT'],
    [
      'a command that no kernel takes',
      `@daily ${'x'.repeat(MAX_COMMAND_BYTES + 1)}`,
      'GITCRON_E_CRONTAB_COMMAND',
    ],
    [
      'many variables',
      Array.from({ length: 300 }, (_, i) => `V${i}=x`).join('\n'),
      'GITCRON_E_CRONTAB_LIMIT',
    ],
    ['many jobs', '* * * * * a\n'.repeat(20_005), 'GITCRON_E_CRONTAB_LIMIT'],
  ])('%s', (_what, content, code) => {
    expect(parse(content).problems[0]?.code).toBe(code);
  });

  test('a file of nothing but mistakes ends in a hundred and one of them', () => {
    const { problems } = parse('nonsense\n'.repeat(100_000));
    expect(problems).toHaveLength(101);
    expect(problems.at(-1)?.code).toBe('GITCRON_E_CRONTAB_LIMIT');
  });

  test('a crontab without jobs is one', () => {
    expect(parse('# nothing yet\n')).toEqual({ jobs: [], problems: [], warnings: [] });
  });
});

test.each([
  ['0 0 */2 * MON a', 'GITCRON_W_STARRED_STEP'],
  ['0 0 1 * */2 a', 'GITCRON_W_STARRED_STEP'],
  ['0 0 0 1 * */2 a', 'GITCRON_W_SIX_FIELDS'],
  ['0 0 1 1 * 2099 a', 'GITCRON_W_SIX_FIELDS'],
  ['0 0 */2 * MON 2099 a', 'GITCRON_W_STARRED_STEP'],
  ['TZ=Europe/Berlin', 'GITCRON_W_TZ_LINE'],
  ['MAILTO=ops@example.com', 'GITCRON_W_CRON_VARIABLE'],
  ['RANDOM_DELAY=5', 'GITCRON_W_CRON_VARIABLE'],
  ['A="x" # note', 'GITCRON_W_VARIABLE_TEXT'],
  ['A=x # note', 'GITCRON_W_VARIABLE_TEXT'],
  ['PATH=$PATH:/opt/bin', 'GITCRON_W_VARIABLE_TEXT'],
  ['PATH="${HOME}/bin:/bin"', 'GITCRON_W_VARIABLE_TEXT'],
  ['A=$(date)', 'GITCRON_W_VARIABLE_TEXT'],
  ['A=`date`', 'GITCRON_W_VARIABLE_TEXT'],
  ['PATH=/bin:~/bin', 'GITCRON_W_VARIABLE_TEXT'],
  ['A="unclosed', 'GITCRON_W_VARIABLE_TEXT'],
  ['A="a"b', 'GITCRON_W_VARIABLE_TEXT'],
  ['A=x \\', 'GITCRON_W_LINE_END'],
  ['@daily # backup.sh', 'GITCRON_W_COMMENT_ONLY'],
  ['@daily a \\', 'GITCRON_W_LINE_END'],
  ['@daily date +\\%F', 'GITCRON_W_PERCENT'],
  ['@daily a "\\%F"', 'GITCRON_W_PERCENT'],
  ['@daily a\u00A0b', 'GITCRON_W_INVISIBLE'],
  ['A=a\uFEFFb', 'GITCRON_W_INVISIBLE'],
  ['* 3 * * * a', 'GITCRON_W_EVERY_MINUTE'],
  ['* */2 * * * a', 'GITCRON_W_EVERY_MINUTE'],
  ['0 * 3 * * * a', 'GITCRON_W_EVERY_MINUTE'],
  ['* * 1 * * a', 'GITCRON_W_EVERY_MINUTE'],
  ['@daily a\nB=1\n@daily b', 'GITCRON_W_VARIABLE_BELOW'],
])('%s is doubtful', (line, code) => {
  expect(parse(line).warnings.map((warning) => warning.code)).toContain(code);
});

test.each([
  'MAILTO=""',
  'A="x # y"',
  "A='$HOME'",
  'A=pa$word',
  '* 9-17 * * 1-5 a',
  '* */1 * * * a',
  '*/5 3 * * * a',
  '* * * * 1 a',
  '@daily a \\\\',
  '@daily date +%F',
  '# Un\u00A0commentaire\n@daily a',
  'A=1\n@daily a\nA=2\n@daily b',
])('%s is not', (text) => {
  expect(parse(text)).toMatchObject({ problems: [], warnings: [] });
});

test.each([
  ['0\u00A02 * * * a', 2, 'Here is a no-break space, U+00A0.'],
  ['@daily a\n\uFEFF0 2 * * * b', 1, 'Here is a byte order mark (BOM), U+FEFF.'],
  ['A\u200B=1', 2, 'Here is a zero-width space, U+200B.'],
  ['# @name\u00A0x\n@daily a', 8, 'Here is a no-break space, U+00A0.'],
  ['0 2 * * *\u3000a', 10, 'Here is an ideographic space, U+3000.'],
  ['"0 2 * * *" a', 1, 'The schedule stands in quotes.'],
  ["'@daily' a", 1, 'The schedule stands in quotes.'],
  ['“0 2 * * *” a', 1, 'The schedule stands in quotes.'],
  ['export A=1', 1, 'A crontab knows no export.'],
])('%j: what is wrong is called by its name', (text, column, message) => {
  expect(parse(text).problems).toMatchObject([{ column, message }]);
});

test('an empty CRON_TZ is UTC, whatever the zone of the machine', () => {
  const options = { file: 'crontab', defaultZone: 'Europe/Berlin' };
  const { jobs } = parseCrontab('@daily a\nCRON_TZ=\n@daily b', options);
  expect(jobs.map(({ schedule }) => schedule)).toMatchObject([
    { zone: 'Europe/Berlin' },
    { zone: 'UTC' },
  ]);
});
