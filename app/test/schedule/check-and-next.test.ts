import { execa } from 'execa';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createOrigin } from '../../../base/test/origin.ts';
import { removeTree } from '../../../base/test/remove-tree.ts';

const GITCRON = fileURLToPath(new URL('../../bin/gitcron.js', import.meta.url));

let repository: string;

/** The real program, in the scripts repository, with a small environment. */
function gitcron(args: string[], environment: Record<string, string> = {}, cwd = repository) {
  return execa(process.execPath, [GITCRON, ...args], {
    cwd,
    reject: false,
    extendEnv: false,
    env: { PATH: process.env['PATH'] ?? '', HOME: repository, TZ: 'UTC', ...environment },
  });
}

const CRONTAB = `# Says hello.
# @name hello
@every 15s node app/scripts/hello.ts
0 2 * * * node app/scripts/report.ts
@manual node app/scripts/old.ts
`;

beforeAll(async () => {
  repository = await mkdtemp(join(tmpdir(), 'gitcron-check-'));
  const origin = await createOrigin(repository);
  await origin.commit({
    'package.json': '{"dependencies":{}}',
    'app/crontab.txt': CRONTAB,
    'app/scripts/hello.ts': '',
    'app/scripts/report.ts': '',
    'app/scripts/old.ts': '',
  });
});

afterAll(() => removeTree(repository));

describe('gitcron next', () => {
  test('--json prints the slots', async () => {
    const { stdout, exitCode } = await gitcron([
      'next',
      '30 2 * * *',
      '--tz',
      'Europe/Berlin',
      '--from',
      '2026-03-28T12:00:00Z',
      '--count',
      '2',
      '--json',
    ]);
    expect(JSON.parse(stdout)).toEqual({
      slots: ['2026-03-29T01:00:00.000Z', '2026-03-30T00:30:00.000Z'],
    });
    expect(exitCode).toBe(0);
  });

  test('a time without an offset is one of the zone', async () => {
    const { stdout } = await gitcron([
      'next',
      '@hourly',
      '--tz',
      'Asia/Kolkata',
      '--from',
      '2026-03-28T12:00',
      '--count',
      '1',
      '--json',
    ]);
    expect(JSON.parse(stdout)).toEqual({ slots: ['2026-03-28T07:30:00.000Z'] });
  });

  test('fewer slots when the schedule ends', async () => {
    const { stdout, exitCode } = await gitcron(['next', '0 0 1 1 * 2020', '--json']);
    expect(JSON.parse(stdout)).toEqual({ slots: [] });
    expect(exitCode).toBe(0);
  });

  test.each([
    [['--from', '2026-02-31'], {}, 'GITCRON_E_TIME'],
    [['--from', 'yesterday'], {}, 'GITCRON_E_TIME'],
    [['--tz', 'Europe/Atlantis'], {}, 'GITCRON_E_ZONE'],
    [[], { TZ: 'Europe/Atlantis' }, 'GITCRON_E_ZONE'],
  ])('%j %j is refused', async (args, env, code) => {
    const { stdout, exitCode } = await gitcron(['next', '0 2 * * *', '--json', ...args], env);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code } });
    expect(exitCode).toBe(65);
  });

  test.each([
    [['@evry 5m'], 'hint: Did you mean @every?'],
    [['@dayly'], 'hint: Did you mean @daily?'],
    [['@daily 5m'], 'hint: Only @every and @after take a value'],
    [['*/60 * * * *'], 'for an even distance write @every 60m.'],
    [['-1 * * * *'], '"-1" is not a minute.'],
    [['61 25 * * *'], '25 is not an hour.'],
    [['@every an hour'], '"an" is not a duration.'],
    [['@daily', '--tz', 'Mars/X'], 'at: --tz\n'],
    [['@daily', '--from', 'now'], 'at: --from\n'],
  ])('%j: %s', async (args, told) => {
    const { stderr, exitCode } = await gitcron(['next', ...args]);
    expect([exitCode, stderr]).toEqual([65, expect.stringContaining(told)]);
  });

  test.each([
    ['@reboot', 'Once at every start of Gitcron'],
    ['@manual', 'Only when somebody starts it'],
  ])('of %s only its words: it has neither a zone nor slots', async (schedule, words) => {
    expect((await gitcron(['next', schedule])).stdout).toBe(words);
  });

  test('a refused expression ends with 65 and its coded error', async () => {
    const text = await gitcron(['next', '60 * * * *']);
    expect(text.exitCode).toBe(65);
    expect(text.stderr).toContain('[GITCRON_E_EXPRESSION_VALUE]');
    expect(text.stderr).toContain('hint: ');
    const json = await gitcron(['next', '0 0 30 2 *', '--json']);
    expect(json.exitCode).toBe(65);
    expect(JSON.parse(json.stdout)).toMatchObject({
      error: { code: 'GITCRON_E_EXPRESSION_NEVER', column: 5 },
    });
  });
});

describe('gitcron check', () => {
  test('a repository that is right', async () => {
    const { stdout, exitCode } = await gitcron(['check']);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('Every day at 02:00 (UTC)');
    expect(stdout).toContain('app/crontab.txt is right: 3 jobs, no warnings.');
  });

  test.each([
    ['the repository', '.', 'app/crontab.txt'],
    ['its crontab', 'app/crontab.txt', join('scripts', 'app/crontab.txt')],
    ['another file of it', 'other', join('scripts', 'other')],
  ])('from outside: %s is looked at where its commands will run', async (_, path, shown) => {
    const elsewhere = await mkdtemp(join(tmpdir(), 'gitcron-elsewhere-'));
    try {
      await symlink(repository, join(elsewhere, 'scripts'));
      await writeFile(join(repository, 'other'), CRONTAB);
      const { stdout } = await gitcron(['check', join('scripts', path)], {}, elsewhere);
      expect(stdout).toContain(`${shown} is right: 3 jobs, no warnings.`);
    } finally {
      await rm(elsewhere, { recursive: true });
      await rm(join(repository, 'other'));
    }
  });

  test('--json is for programs', async () => {
    const { stdout } = await gitcron(['check', repository, '--json']);
    const { jobs, errors, warnings } = JSON.parse(stdout);
    expect({ errors, warnings }).toEqual({ errors: [], warnings: [] });
    expect(jobs[0]).toMatchObject({
      job: 'hello',
      description: 'Says hello.',
      words: 'Every 15 seconds',
      line: 3,
    });
    expect(jobs[0].nextSlots).toHaveLength(3);
  });

  test('draws which job follows which', async () => {
    const lines = [
      ...['# @name mail', '@after report true', '# @name report', '0 2 * * * true'],
      ...['# @name help', '@after-failed report true', '# @name tidy', '@after-ended mail true'],
      ...['# @name other', '@daily true'],
    ];
    await writeFile(join(repository, 'chain.txt'), `${lines.join('\n')}\n`);
    const { stdout, exitCode } = await gitcron(['check', 'chain.txt']);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(
      [
        'which job follows which:',
        '  report  0 2 * * *',
        '    mail  after report succeeded',
        '      tidy  after mail ended',
        '    help  after report failed',
      ].join('\n'),
    );
    expect(stdout).toContain('help  @after-failed report  true\n  After report failed\n');
    const json = JSON.parse((await gitcron(['check', 'chain.txt', '--json'])).stdout);
    expect(json.jobs[2]).toMatchObject({ job: 'help', after: { job: 'report', when: 'failed' } });
    expect(json.jobs[4]).toMatchObject({ job: 'other', after: null });
    await rm(join(repository, 'chain.txt'));
  });

  test('a plain file: every mistake, every doubt, and 65', async () => {
    const lines = [
      '# @lock db\n0 2 * * * node gone.ts',
      '# @lock db\n# @name b\n0 2 * * 1 no-such-command --flag',
      '0 0 1 1 * 2020 echo over',
      '61 * * * * x',
      '# @timeot 3m\n@daily y',
    ];
    await writeFile(join(repository, 'plain.txt'), lines.join('\n'));
    const { stdout, exitCode } = await gitcron(['check', 'plain.txt', '--json']);
    expect(exitCode).toBe(65);
    const { errors, warnings } = JSON.parse(stdout);
    expect(
      errors.map(({ line, column, code }: Record<string, unknown>) => [line, column, code]),
    ).toEqual([
      [7, 1, 'GITCRON_E_EXPRESSION_VALUE'],
      [8, 3, 'GITCRON_E_CRONTAB_SETTING'],
    ]);
    expect(
      warnings.map(({ line, code }: { line: number; code: string }) => `${line} ${code}`),
    ).toEqual([
      '2 GITCRON_W_SCRIPT_MISSING',
      '5 GITCRON_W_SAME_LOCK',
      '5 GITCRON_W_COMMAND_NOT_FOUND',
      '6 GITCRON_W_SIX_FIELDS',
      '6 GITCRON_W_OVER',
      '9 GITCRON_W_COMMAND_NOT_FOUND',
    ]);
    await rm(join(repository, 'plain.txt'));
  });

  test('--against tells what a pull request changes', async () => {
    const unchanged = await gitcron(['check', '--against', 'main', '--json']);
    expect(JSON.parse(unchanged.stdout).against).toEqual({
      ref: 'main',
      added: [],
      removed: [],
      changed: [],
      renamed: [],
      dependenciesChange: false,
    });
    await writeFile(
      join(repository, 'app', 'crontab.txt'),
      CRONTAB.replace('0 2 * * *', 'CRON_TZ=Europe/Berlin\n# @retries 2\n0 3 * * *').replace(
        '@manual node app/scripts/old.ts',
        'MODE=new\n@daily echo new',
      ),
    );
    await writeFile(join(repository, 'package-lock.json'), '{"lockfileVersion":3,"packages":{}}');
    const { stdout, exitCode } = await gitcron(['check', '--against', 'main']);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(
      'since main:\n  + echo\n  - old\n  ~ report\n      0 2 * * *  →  0 3 * * *\n' +
        '      UTC  →  Europe/Berlin\n      its settings change\n  dependencies change',
    );
  });

  test("--against warns of a job that gets another name by another's arrival", async () => {
    const more = `${CRONTAB}@hourly node app/scripts/report.ts --short\n`;
    await writeFile(join(repository, 'app', 'crontab.txt'), more);
    const { stdout } = await gitcron(['check', '--against', 'main', '--json']);
    const { warnings, against } = JSON.parse(stdout);
    expect(against).toMatchObject({
      removed: ['report'],
      renamed: [{ before: 'report', after: expect.stringMatching(/^report-[0-9a-f]{6}$/) }],
    });
    const told = warnings.filter(({ code }: { code: string }) => code === 'GITCRON_W_RENAMED');
    expect(told).toMatchObject([{ line: 4, hint: 'Write # @name report directly above it.' }]);
  });

  test('--against calls no job removed that cannot be read, and counts none', async () => {
    const broken = CRONTAB.replace('@every 15s', '@evry 15s');
    await writeFile(join(repository, 'app', 'crontab.txt'), broken);
    const { stdout, exitCode } = await gitcron(['check', '--against', 'main']);
    expect(exitCode).toBe(65);
    expect(stdout).toContain(
      'since main:\n  jobs are not compared: one of the two crontabs has errors\n',
    );
    expect(stdout).not.toMatch(/^ {2}[-+~] /m);
    expect(stdout).toMatch(/\napp\/crontab\.txt has 1 error, no warnings\.$/);
    const json = await gitcron(['check', '--against', 'main', '--json']);
    expect(JSON.parse(json.stdout).against).toMatchObject({ added: null, removed: null });
  });

  test('a directory with a link to the current release: what is in force is checked', async () => {
    const volume = await mkdtemp(join(tmpdir(), 'gitcron-volume-'));
    await mkdir(join(volume, 'releases/a/app'), { recursive: true });
    await writeFile(join(volume, 'releases/a/app/crontab.txt'), '@daily echo released\n');
    await symlink('releases/a', join(volume, 'current'));
    const { stdout, exitCode } = await gitcron(['check', volume]);
    await rm(volume, { recursive: true });
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining('@daily  echo released')]);
  });

  test('a ref that is not there, a file that is not there', async () => {
    const ref = await gitcron(['check', '--against', '--output=/tmp/x']);
    expect(ref.exitCode).toBe(66);
    const unknown = await gitcron(['check', '--against', 'nope']);
    expect(unknown.stderr).toContain('GITCRON_E_REF');
    const file = await gitcron(['check', 'nowhere.txt']);
    expect(file.stderr).toContain('GITCRON_E_CRONTAB_UNREADABLE');
    expect(file.exitCode).toBe(66);
  });
});
