import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest';
import { z } from 'zod';
import { mark, root, Stack } from './stack.ts';

let stack: Stack;

beforeAll(async () => {
  stack = await Stack.create();
});

afterAll(async () => {
  await stack.down();
});

test('without a password compose stops and names the variables', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'gitcron-e2e-env-'));
  const file = join(directory, '.env');
  await copyFile(join(root, '.env.example'), file);
  const { exitCode, stderr } = await execa('docker', ['compose', '--env-file', file, 'up'], {
    cwd: root,
    reject: false,
  });
  await rm(directory, { recursive: true });
  expect(exitCode).not.toBe(0);
  expect(stderr).toContain('Set POSTGRES_PASSWORD and SCRIPTS_DB_PASSWORD in .env');
});

test('a database that scripts.env names is the one that jobs get', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'gitcron-e2e-database-'));
  for (const file of ['docker-compose.yml', 'database.env']) {
    await copyFile(join(root, file), join(directory, file));
  }
  await writeFile(
    join(directory, '.env'),
    'POSTGRES_PASSWORD=aaaaaaaa\nSCRIPTS_DB_PASSWORD=bbbbbbbb\n',
  );
  const urlOfJobs = async () => {
    const { stdout } = await execa('docker', ['compose', 'config', '--format', 'json'], {
      cwd: directory,
    });
    return z
      .object({ services: z.object({ app: z.object({ environment: z.looseObject({}) }) }) })
      .parse(JSON.parse(stdout)).services.app.environment['DATABASE_URL'];
  };
  expect(await urlOfJobs()).toBe('postgres://scripts:bbbbbbbb@db:5432/scripts');
  await writeFile(join(directory, 'scripts.env'), 'DATABASE_URL=postgres://me@elsewhere/ours\n');
  expect(await urlOfJobs()).toBe('postgres://me@elsewhere/ours');
  await rm(directory, { recursive: true });
});

test('up: the bundled demo runs without a repository', async () => {
  onTestFailed(() => stack.explain());
  const start = mark();
  await stack.up();
  await stack.line('git-sync', /Show what Gitcron does/, start);
  expect(await stack.line('app', /Hello from/, start)).toContain('hello');
});

test('the demo fills the example table as the role of the scripts', async () => {
  onTestFailed(() => stack.explain());
  await stack.exec('app', 'gitcron', 'run', 'measure', '--wait');
  expect(await stack.exec('app', 'gitcron', 'logs', 'measure')).toContain('measurements so far');
  expect(
    Number(await stack.query('SELECT count(*) FROM demo_measurements', 'scripts')),
  ).toBeGreaterThan(0);
});

test('every service becomes healthy', async () => {
  onTestFailed(() => stack.explain());
  const services = ['db', 'git-sync', 'app'] as const;
  const states = services.map((service) => stack.healthy(service));
  await expect(Promise.all(states)).resolves.toHaveLength(3);
});

test('the panel is there, whole, and nothing that it was built with', async () => {
  onTestFailed(() => stack.explain());
  const house = `http://${(await stack.compose('port', 'app', '8080')).trim()}`;
  const page = await (await fetch(house)).text();
  const [script = ''] = /\/assets\/index-[\w-]+\.js/.exec(page) ?? [];
  const answer = await fetch(house + script);
  expect([answer.status, answer.headers.get('content-encoding')]).toEqual([200, 'gzip']);
  expect(await stack.exec('app', 'ls', '/opt/gitcron/app/panel')).toBe('dist\npackage.json');
  const packages = await stack.exec('app', 'ls', '/opt/gitcron/node_modules');
  expect(packages.split('\n')).not.toContain('vite');
});

test('a change is pushed to the demo through the container', async () => {
  onTestFailed(() => stack.explain());
  const directory = await mkdtemp(join(tmpdir(), 'gitcron-e2e-demo-'));
  const id = await stack.compose('ps', '--quiet', 'git-sync');
  const git = (...args: string[]) =>
    execa('git', ['-c', 'protocol.ext.allow=always', ...args], { cwd: directory });
  await git('clone', '--quiet', `ext::docker exec -i ${id} %S /srv/demo.git`, '.');
  const author = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com'];
  await git(...author, 'commit', '--quiet', '--allow-empty', '--message', 'Change the demo');
  const pushed = mark();
  await git('push', '--quiet');
  await rm(directory, { recursive: true });
  expect(await stack.line('app', /Change the demo/, pushed)).toContain('release');
});

test('stop: the supervisor ends in order, with status 0', async () => {
  onTestFailed(() => stack.explain());
  await stack.compose('stop', 'app');
  expect(await stack.inspect('app', '{{.State.ExitCode}}')).toBe('0');
});

/** What Compose goes by when it decides whether a container has to be made anew. */
async function hashes(settings: Readonly<Record<string, string>>) {
  const env = { ...stack.passwords, ...settings };
  const compose = ['compose', '--env-file', '/dev/null', 'config', '--hash', 'app,git-sync'];
  const { stdout } = await execa('docker', compose, { cwd: root, env });
  return new Map(stdout.split('\n').map((line) => [line.split(' ')[0], line]));
}

test('no setting of git-sync makes the app anew', async () => {
  const before = await hashes({});
  const example = await readFile(join(root, '.env.example'), 'utf8');
  const ofSync = [...example.matchAll(/^# (GIT_SYNC_\w+)=/gm)].map(([, name = '']) => name);
  const after = await hashes(Object.fromEntries(ofSync.map((name) => [name, '4711'])));
  expect(after.get('git-sync')).not.toBe(before.get('git-sync'));
  expect(after.get('app')).toBe(before.get('app'));
});
