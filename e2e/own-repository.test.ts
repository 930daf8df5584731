import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest';
import { GitServer } from './git-server.ts';
import { ScriptsRepository } from './scripts-repository.ts';
import { mark, Stack } from './stack.ts';

let repository: ScriptsRepository;
let server: GitServer;
let stack: Stack;

beforeAll(async () => {
  repository = await ScriptsRepository.create();
  server = await GitServer.start(repository.directory, { username: 'ada', password: 'e2e-9c1b' });
  stack = await Stack.create();
});

afterAll(async () => {
  await stack.down();
  await server.stop();
  await repository.remove();
});

test('a wrong password for one’s own repository: the demo’s jobs run no more, and the app goes on', async () => {
  onTestFailed(() => stack.explain());
  const start = mark();
  await stack.up();
  await stack.line('app', /Hello from/, start);
  const container = await stack.inspect('app', '{{.Id}} {{.State.StartedAt}}');

  const moved = mark();
  const settings = { ...server.settings('scripts.git'), GIT_SYNC_WAIT: '1' };
  await stack.configure({ ...settings, GIT_SYNC_PASSWORD: 'another' });
  await stack.up();
  await stack.line('git-sync', /GITCRON_E_REMOTE_PASSWORD/, moved);
  await stack.line('app', /The repository is another one now/, moved);
  const since = mark();
  expect(await stack.exec('app', 'gitcron', 'releases')).toContain('There is no release yet');
  expect(await stack.inspect('app', '{{.Id}} {{.State.StartedAt}}')).toBe(container);

  await stack.configure(settings);
  await repository.push('My own', {
    'app/crontab.txt': '# @name mine\n@every 1s echo of my own\n',
  });
  await stack.up();
  await stack.line('app', /mine#\w+ \| of my own/, since);
  // The demo says hello four times a minute: not in this one.
  await stack.line('app', /:0[2-9]\.\d+Z mine#/, new Date(nextMinute()).toISOString(), 90_000);
  expect(await stack.logs('app', since)).not.toContain('Hello from');
  expect(await stack.inspect('app', '{{.Id}} {{.State.StartedAt}}')).toBe(container);
});

function nextMinute(): number {
  return Math.ceil(Date.now() / 60_000) * 60_000;
}
