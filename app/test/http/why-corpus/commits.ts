import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { temporaryDirectory } from '../../../../base/test/temporary-directory.ts';
import type { TestServer } from '../../record/test-database.ts';
import { openScene, planned } from '../git-scene.ts';
import { post } from '../house.ts';
import { Failures, type Scored } from './score.ts';

const since = 'Changed since its last success (#RUN)';

/** Causes that a commit brought, and commits that brought none. */
export async function commits(server: TestServer): Promise<Scored[]> {
  const world = await temporaryDirectory();
  const isUp = join(world, 'up');
  await writeFile(isUp, '');
  const outside = `test -e ${isUp} || { echo "Error: no answer from $$" >&2; exit 3; }\n`;
  const { house, origin, push, databaseUrl, sync } = await openScene(server, {
    'app/crontab.txt': `
# @name totals
@manual sh app/totals.sh
# @name rates
@manual node app/rates.mjs
# @name mailing
@manual sh app/mailing.sh
# @name load
@after totals sh app/load.sh
# @name weather
@manual sh app/weather.sh
# @name export
@manual sh app/export.sh
`,
    'app/totals.sh': `echo 12 > ${world}/sum\n`,
    'app/rates.mjs': "import { rate } from './lib/rate.mjs';\nconsole.log(rate());\n",
    'app/lib/rate.mjs': 'export const rate = () => 7;\n',
    'app/mailing.sh': '. app/lib/template.sh\nmail Ann\n',
    'app/lib/template.sh': 'mail() { echo "Dear $1"; }\n',
    'app/load.sh': `grep -q 1 ${world}/sum || { echo "Error: no number" >&2; exit 1; }\n`,
    'app/weather.sh': outside,
    'app/export.sh': outside,
    'README.md': 'Jobs.\n',
  });
  const cases = new Failures(house);
  await cases.succeeds('totals', 'rates', 'mailing', 'weather', 'export');

  await rm(isUp);
  await push({ 'README.md': 'Our jobs.\n' }, 'Say whose jobs');
  const beside =
    'Nothing that it is known to use changed since its last success (#RUN): its command, packages and parameters are the same. Changed beside it:';
  await cases.fails('a commit that touched README only', 'weather', [
    'others',
    `${beside} README.md (COMMIT “Say whose jobs”). Look outside, too.`,
  ]);
  await writeFile(isUp, '');
  await cases.succeeds('weather');

  await rm(isUp);
  await push({ 'app/totals.sh': `echo 13 > ${world}/sum\n` }, 'Count one more');
  await cases.fails("a commit that touched another job's script only", 'weather', [
    'others',
    `${beside} app/totals.sh (COMMIT “Count one more”). Look outside, too. The same error came once before, and the job succeeded again after that.`,
  ]);
  await writeFile(isUp, '');
  await cases.succeeds('weather', 'totals');

  await push(
    { 'app/totals.sh': 'echo "Error: no such column: day" >&2; exit 3\n' },
    'Total by day',
  );
  await cases.fails("a bad commit in the job's script", 'totals', [
    'own',
    `${since}: app/totals.sh (COMMIT “Total by day”).`,
  ]);
  await push({ 'app/totals.sh': 'echo 1; echo "Error: no such column: day" >&2; exit 3\n' }, 'Try');
  await cases.fails('a try to mend it that came after it began', 'totals', [
    'own',
    `${since}: app/totals.sh (COMMIT “Total by day”). It failed twice in a row, both times with this error.`,
  ]);
  const later = await push({ 'app/lib/day.sql': 'SELECT 1;\n' }, 'Another try');
  const third = await cases.fails('failing for the third time, after another try', 'totals', [
    'own',
    `${since}: app/totals.sh (COMMIT “Total by day”). It failed 3 times in a row, each time with this error.`,
  ]);
  expect(
    third.evidence.find((one) => one.kind === 'commit' && one.commit.hash === later),
  ).toMatchObject({
    weight: 'later',
    sentence: expect.stringContaining('it had failed so before that'),
  });
  await push({ 'app/totals.sh': `echo 14 > ${world}/sum\n` }, 'Mend it');
  await cases.succeeds('totals', 'rates', 'mailing');

  await push(
    { 'app/lib/rate.mjs': "export const rate = () => { throw new Error('no rate'); };\n" },
    'Ask for the rate',
  );
  await cases.fails('a bad commit in a file that it imports, which the error names', 'rates', [
    'own',
    `${since}: app/lib/rate.mjs (COMMIT “Ask for the rate”).`,
  ]);

  await cases.succeeds('mailing');
  await push(
    { 'app/lib/template.sh': 'mail() { echo "Error: no template" >&2; exit 1; }\n' },
    'Use templates',
  );
  await cases.fails('a bad commit in a file that it reads, which nothing names', 'mailing', [
    'shared',
    `${since}: app/lib/template.sh (COMMIT “Use templates”).`,
  ]);
  await push({ 'app/lib/template.sh': null }, 'Remove templates');
  await cases.fails('a file that it reads is gone', 'mailing', [
    'own',
    `${since}: app/lib/template.sh (gone); 2 commits, the last COMMIT “Remove templates”. It failed twice in a row. This error is new.`,
  ]);

  await cases.succeeds('totals', 'export');
  await origin.commit({ 'app/lib/a.sql': 'SELECT 1;\n' }, 'Add a query');
  await origin.commit({ 'app/totals.sh': 'echo "Error: bad sum" >&2; exit 1\n' }, 'Sum up');
  await push({ 'docs/totals.md': 'How totals work.\n' }, 'Describe totals');
  await cases.fails('one of several commits that were pushed together', 'totals', [
    'own',
    `${since}: app/totals.sh and app/lib/a.sql (new); 3 commits, the last COMMIT “Describe totals”.`,
  ]);

  await cases.succeeds('export');
  await origin.git('checkout', '--quiet', '-b', 'faster');
  await origin.commit({ 'app/export.sh': 'echo "Error: too fast" >&2; exit 1\n' }, 'Export faster');
  await origin.git('checkout', '--quiet', 'main');
  await origin.git('merge', '--quiet', '--no-ff', '--message', 'Merge faster', 'faster');
  await sync.syncNow();
  await planned(databaseUrl, await origin.git('rev-parse', 'HEAD'), true);
  await cases.fails('a merge commit', 'export', [
    'own',
    `${since}: app/export.sh; 2 commits, the last COMMIT “Merge faster”.`,
  ]);
  await push(
    { 'app/export.sh': outside, 'app/totals.sh': `echo 15 > ${world}/sum\n` },
    'Mend both',
  );
  await cases.succeeds('export', 'totals');

  await push(
    {
      'app/export.sh': 'test -z "$GITCRON_PARAMS" || { echo "Error: which month?" >&2; exit 1; }\n',
    },
    'Export a month',
  );
  await cases.fails(
    'a commit and a parameter at once',
    'export',
    [
      'own',
      `${since}: its parameter month: none → 13 and app/export.sh (COMMIT “Export a month”).`,
    ],
    { month: 13 },
  );

  const before = await cases.run('totals');
  expect((await cases.follower('load', before)).status).toBe('succeeded');
  await push({ 'app/totals.sh': `echo many > ${world}/sum\n` }, 'Spell it');
  const loaded = await cases.follower('load', await cases.run('totals'));
  await cases.explains('a bad commit in the script of the job that it follows', loaded, [
    'shared',
    `${since}: app/totals.sh (COMMIT “Spell it”).`,
  ]);

  await cases.succeeds('weather');
  const warm = await push({ 'app/weather.sh': `echo warm\n${outside}` }, 'Be warm');
  await rm(isUp);
  await cases.fails('a change, and an error that is older than it', 'weather', [
    'own',
    `${since}: app/weather.sh (COMMIT “Be warm”). The same error came twice before, also before this changed.`,
  ]);
  await writeFile(isUp, '');
  await push({ 'app/weather.sh': 'echo 7 > out; echo fine\n' }, 'Be fine');
  await cases.succeeds('weather');
  await house.control('/api/v1/rollback', post({ revision: warm }));
  await rm(isUp);
  await cases.fails('a rollback to what failed before', 'weather', [
    'own',
    'Its release was rolled back: changed since its last success (#RUN): app/weather.sh (without COMMIT “Be fine”). The same error came 3 times before, also before this changed.',
  ]);
  return cases.scored;
}
