import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest';
import { GitServer } from './git-server.ts';
import { ScriptsRepository } from './scripts-repository.ts';
import { mark, Stack } from './stack.ts';

const PASSWORD = 'e2e-secret-3fb1c0';

/** A job that says `words` every other second. */
const saying = (words: string) => ({
  'app/crontab.txt': '# @name speaker\n@every 2s  node app/scripts/speak.js\n',
  'app/scripts/speak.js': `console.log(${JSON.stringify(words)});\n`,
});

const manifest = (dependencies: Record<string, string>) =>
  `${JSON.stringify({ name: 'e2e-scripts', private: true, dependencies }, null, 2)}\n`;

let repository: ScriptsRepository;
let server: GitServer;
let stack: Stack;
let first: string;

beforeAll(async () => {
  repository = await ScriptsRepository.create();
  server = await GitServer.start(repository.directory, { username: 'ada', password: PASSWORD });
  stack = await Stack.create({ ...server.settings('scripts.git'), GIT_SYNC_WAIT: '1' });
});

afterAll(async () => {
  await stack.down();
  await server.stop();
  await repository.remove();
});

test('up: the scripts of a repository behind a password run', async () => {
  onTestFailed(() => stack.explain());
  const start = mark();
  first = await repository.push('Say one', saying('this is one'));
  await stack.up();
  expect(await stack.line('app', /this is one/, start)).toContain('speaker');
});

test('pushed code runs, and the schedule goes on undisturbed', async () => {
  onTestFailed(() => stack.explain());
  const pushed = mark();
  await repository.push('Say two', saying('this is two'));
  await stack.line('app', /this is two/, pushed);
  expect(await stack.logs('app', pushed)).toContain('Say two');
});

test('a pushed schedule is in force', async () => {
  onTestFailed(() => stack.explain());
  const pushed = mark();
  await repository.push('Add a job', {
    'app/crontab.txt': `${saying('')['app/crontab.txt']}
# @name newcomer
*/2 * * * * *  echo "the newcomer is here"
`,
  });
  expect(await stack.line('app', /the newcomer is here/, pushed)).toContain('newcomer#');
});

test('a pushed dependency is installed before the code that needs it runs', async () => {
  onTestFailed(() => stack.explain());
  const pushed = mark();
  await repository.push('Ask is-number', {
    'package.json': manifest({ 'is-number': '7.0.0' }),
    'app/scripts/speak.js': `console.log('seven is a number:', require('is-number')(7));\n`,
  });
  await stack.line('app', /seven is a number: true/, pushed, 120_000);
  expect(await stack.logs('app', pushed)).not.toContain('MODULE_NOT_FOUND');
});

test('a revision whose install fails is rejected, with the reason, and the old one goes on', async () => {
  onTestFailed(() => stack.explain());
  const pushed = mark();
  await repository.push('Ask for what nobody has', {
    'package.json': manifest({ 'is-number': '0.0.0-there-is-no-such-version' }),
  });
  await stack.line('app', /rejected/, pushed, 120_000);
  const rejected = mark();
  expect(await stack.logs('app', pushed)).toMatch(/GITCRON_E_\w+/);
  await stack.line('app', /seven is a number: true/, rejected);
});

test('a revision with a bad crontab is rejected, with file and line, and the old one goes on', async () => {
  onTestFailed(() => stack.explain());
  const pushed = mark();
  await repository.push('Break the crontab', {
    'package.json': manifest({ 'is-number': '7.0.0' }),
    'app/crontab.txt': '60 * * * *  echo never\n',
  });
  await stack.line('app', /rejected/, pushed);
  const rejected = mark();
  expect(await stack.logs('app', pushed)).toContain('app/crontab.txt:1');
  await stack.line('app', /seven is a number: true/, rejected);
});

test('the next good revision is live at once, and a known manifest installs nothing', async () => {
  onTestFailed(() => stack.explain());
  const pushed = mark();
  await repository.push('Mend the crontab', saying('this is three'));
  await stack.line('app', /this is three/, pushed);
  expect(await stack.logs('app', pushed)).not.toMatch(/Installing/);
});

test('rollback: an earlier release is current until the next revision', async () => {
  onTestFailed(() => stack.explain());
  const asked = mark();
  await stack.exec('app', 'gitcron', 'rollback', first.slice(0, 7));
  await stack.line('app', /this is one/, asked);
  expect(await stack.exec('app', 'gitcron', 'releases')).toMatch(
    new RegExp(`current, pinned +${first.slice(0, 7)}`),
  );
  const pushed = mark();
  await repository.push('Say four', saying('this is four'));
  await stack.line('app', /this is four/, pushed);
});

test('down and up: nothing is installed, the newest release runs', async () => {
  onTestFailed(() => stack.explain());
  await stack.compose('down');
  const again = mark();
  await stack.up();
  await stack.line('app', /this is four/, again);
  expect(await stack.logs('app', again)).not.toMatch(/Installing/);
});

test('the password of the repository is in no log', async () => {
  const logs = await stack.compose('logs', '--no-color');
  expect(logs).toContain('this is four');
  expect(logs).not.toContain(PASSWORD);
});
