import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest';
import { GitServer } from './git-server.ts';
import { ScriptsRepository } from './scripts-repository.ts';
import { mark, Stack } from './stack.ts';

const saying = (words: string) => ({
  'app/crontab.txt': `# @name speaker\n@every 1s  echo "${words}"\n`,
});

let repository: ScriptsRepository;
let server: GitServer;
let stack: Stack;

beforeAll(async () => {
  repository = await ScriptsRepository.create();
  server = await GitServer.start(repository.directory, { username: 'ada', password: 'secret' });
  stack = await Stack.create({ ...server.settings('scripts.git'), GIT_SYNC_WAIT: '1' });
  await repository.push('Begin', saying('all is well'));
  await stack.up();
  await stack.line('app', /all is well/, mark());
});

afterAll(async () => {
  await stack.down();
  await server.stop();
  await repository.remove();
});

test('git-sync killed: jobs go on; started again, it publishes what was missed', async () => {
  onTestFailed(() => stack.explain());
  await stack.compose('kill', 'git-sync');
  await repository.push('While it was dead', saying('pushed to a dead git-sync'));
  await stack.line('app', /all is well/, mark());
  const revived = mark();
  await stack.compose('start', 'git-sync');
  expect(await stack.line('app', /pushed to a dead git-sync/, revived)).toContain('speaker');
});

test('git-sync crashed: Docker starts it again, and it goes on', async () => {
  onTestFailed(() => stack.explain());
  await stack.crash('git-sync');
  const crashed = mark();
  await repository.push('After the crash', saying('after the crash'));
  await stack.line('app', /after the crash/, crashed);
  expect(await stack.inspect('git-sync', '{{.RestartCount}}')).not.toBe('0');
});

test('the supervisor killed in mid-run: it is back, runs the same release, leaves no orphan', async () => {
  onTestFailed(() => stack.explain());
  const pushed = mark();
  await repository.push('Take long', {
    'app/crontab.txt': `${saying('the short one')['app/crontab.txt']}
# @name long
*/5 * * * * *  echo "began with $$"; exec sleep 3600
`,
  });
  await stack.line('app', /began with/, pushed);
  await stack.crash('app');
  const crashed = mark();
  await stack.line('app', /the short one/, crashed);
  expect(await stack.inspect('app', '{{.RestartCount}}')).not.toBe('0');
  await stack.line('app', /began with/, crashed);
  expect(await sleepers()).toBe(1);
});

test('the database away: jobs run, and it is back', async () => {
  onTestFailed(() => stack.explain());
  await stack.compose('kill', 'db');
  expect(await stack.line('app', /the short one/, mark())).toContain('speaker');
  await stack.compose('start', 'db');
  await stack.healthy('db');
});

/** How many processes of the long job live in the app's container. */
async function sleepers(): Promise<number> {
  const script =
    'for file in /proc/[0-9]*/cmdline; do tr "\\0" " " < $file; echo; done 2> /dev/null';
  const commands = await stack.exec('app', 'sh', '-c', script);
  return commands.split('\n').filter((command) => command.startsWith('sleep 3600')).length;
}
