import type { TestServer } from '../../record/test-database.ts';
import { openScene } from '../git-scene.ts';
import { Failures, type Scored } from './score.ts';

const since = 'Changed since its last success (#RUN)';

function manifest(dependencies: Readonly<Record<string, string>>, more: object = {}): string {
  return JSON.stringify({ name: 'scripts', type: 'module', dependencies, ...more });
}

const moduleOf = (what: string) => ({ 'index.js': `module.exports = '${what}';\n` });

/** Causes that came with what is installed. */
export async function packages(server: TestServer): Promise<Scored[]> {
  const both = { pg: '8.22.0', hello: '1.0.0' };
  const { house, push } = await openScene(
    server,
    {
      'app/crontab.txt': `
# @name nightly
@manual node app/nightly.js
# @name greet
@manual node app/greet.js
# @name shell
@manual sh app/shell.sh
`,
      'app/nightly.js':
        "import pg from 'pg';\nif (pg !== 'of 8.22') throw new TypeError('client.query is not a function');\n",
      'app/greet.js': "import 'hello';\n",
      'app/shell.sh': 'echo fine\n',
      'package.json': manifest(both),
    },
    async (npm) => {
      await npm.publish('pg-protocol', { version: '1.0.0' });
      await npm.publish('pg-protocol', { version: '1.1.0' });
      await npm.publish('pg', { version: '8.22.0', files: moduleOf('of 8.22') });
      await npm.publish('pg', { version: '8.23.0', files: moduleOf('of 8.23') });
    },
  );
  const cases = new Failures(house);
  await cases.succeeds('nightly', 'greet');
  await push({ 'package.json': manifest({ ...both, pg: '8.23.0' }) }, 'Update pg');
  await cases.fails('another version of a package', 'nightly', [
    'shared',
    `${since}: pg 8.22.0 → 8.23.0 and package.json (COMMIT “Update pg”).`,
  ]);
  await push({ 'package.json': manifest({ pg: '8.23.0' }) }, 'Remove hello');
  await cases.fails('a package is gone, which the error names', 'greet', [
    'own',
    `${since}: hello 1.0.0 (gone), pg 8.22.0 → 8.23.0 and package.json; 2 commits, the last COMMIT “Remove hello”.`,
  ]);
  return cases.scored;
}
