import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryDirectory } from '../../../../base/test/temporary-directory.ts';
import { query, type TestServer } from '../../record/test-database.ts';
import { openScene } from '../git-scene.ts';
import { Failures, type Scored } from './score.ts';

const since = 'Changed since its last success (#RUN)';

/** The jobs of this house: their lines change, their scripts do not. */
const FIRST = {
  night: '@manual sh app/outside.sh',
  command: '@manual sh app/run.sh --all',
  limit: '# @timeout 1m\n@manual sleep 2',
  format: '# @param format=pdf\n@manual sh app/format.sh',
  attempts: '# @retries 1\n# @retry-delay 1s\n@manual sh app/second.sh',
  note: '@manual sh app/outside.sh',
  old: '@manual sh app/outside.sh old',
  // It holds for those below it, too.
  region: 'REGION=eu\n@manual sh app/run.sh',
};

type Lines = Readonly<Record<string, string>>;

function crontab(all: Lines): string {
  return Object.entries(all)
    .map(([name, line]) => {
      const [last = '', ...before] = line.split('\n').toReversed();
      return [...before.toReversed(), `# @name ${name}`, last].join('\n');
    })
    .join('\n\n')
    .concat('\n');
}

/** Causes that somebody wrote into the crontab. */
export async function lines(server: TestServer): Promise<Scored[]> {
  const world = await temporaryDirectory();
  const isUp = join(world, 'up');
  await writeFile(isUp, '');
  const { house, push, databaseUrl } = await openScene(server, {
    'app/crontab.txt': crontab(FIRST),
    'app/outside.sh': `test -e ${isUp} || { echo "Error: no answer" >&2; exit 3; }\n`,
    'app/run.sh':
      'case "$1$REGION" in ""|--all|eu) ;; *) echo "Error: $1$REGION?" >&2; exit 2;; esac\n',
    'app/format.sh':
      'case "$GITCRON_PARAMS" in *pdf*) ;; *) echo "Error: no such format" >&2; exit 2;; esac\n',
    'app/second.sh': `test "$GITCRON_ATTEMPT" -gt 1 || { echo "Error: at the first time" >&2; exit 1; }\n`,
  });
  const cases = new Failures(house);
  const all: Record<string, string> = { ...FIRST };
  const change = (changes: Lines, subject: string) => {
    Object.assign(all, changes);
    return push({ 'app/crontab.txt': crontab(all) }, subject);
  };
  await cases.succeeds(...Object.keys(FIRST));

  await change({ night: '0 3 * * * sh app/outside.sh' }, 'Run at night');
  await rm(isUp);
  const same =
    'Nothing that it is known to use changed since its last success (#RUN): its command, packages and parameters are the same. Changed beside it:';
  await cases.fails('its schedule only, and it was started by hand', 'night', [
    'others',
    `${same} its schedule: @manual → 0 3 * * * and app/crontab.txt (COMMIT “Run at night”). Look outside, too.`,
  ]);
  await cases.fails("another job's line only", 'note', [
    'others',
    `${same} app/crontab.txt (COMMIT “Run at night”). Look outside, too.`,
  ]);
  await writeFile(isUp, '');
  await cases.succeeds('note', 'old', 'command', 'region', 'limit', 'format', 'attempts');

  await change(
    {
      command: '@manual sh app/run.sh --everything',
      region: 'REGION=us\n@manual sh app/run.sh',
      limit: '# @timeout 1s\n@manual sleep 2',
      format: '# @param format=html\n@manual sh app/format.sh',
      attempts: '# @retry-delay 1s\n@manual sh app/second.sh',
      note: '# @title Notes\n@manual sh app/outside.sh',
    },
    'Tune them all',
  );
  await cases.fails('its command', 'command', [
    'own',
    `${since}: its command: sh app/run.sh --all → sh app/run.sh --everything.`,
  ]);
  await cases.fails('a variable above it', 'region', ['own', `${since}: REGION: eu → us.`]);
  await cases.fails('a lower limit', 'limit', ['own', `${since}: @timeout: 1m → TIME.`]);
  await cases.fails('the default of a parameter', 'format', [
    'own',
    `${since}: its parameter format: pdf → html.`,
  ]);
  await cases.fails('fewer attempts', 'attempts', ['own', `${since}: @retries: 1 → 0.`]);
  await rm(isUp);
  await cases.fails('its title only', 'note', [
    'others',
    `${same} app/crontab.txt (COMMIT “Tune them all”). Look outside, too. The same error came once before, and the job succeeded again after that.`,
  ]);

  const { old = '', ...others } = all;
  for (const name of Object.keys(all)) delete all[name];
  await change({ young: old, ...others }, 'Call it young');
  await cases.fails('its name', 'young', [
    'own',
    'Under this name it has never succeeded; as old, with the same command, it has. Changed since the last success of old (#RUN): its name: old → young.',
  ]);

  // As a Gitcron of before kept it.
  await query(
    databaseUrl,
    'UPDATE gitcron.releases SET jobs_hash = NULL, packages_hash = NULL, changes_hash = NULL',
  );
  await cases.fails('its last success is in a release of which nothing is remembered', 'night', [
    'not_known',
    'Its release changed since its last success (#RUN) (COMMIT → COMMIT); what in it is not remembered. It failed twice in a row, both times with this error.',
  ]);
  return cases.scored;
}
