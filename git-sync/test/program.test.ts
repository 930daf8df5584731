import { join } from 'node:path';
import { createHmac } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { startHttpGitServer } from './support/http-git-server.ts';
import { createOrigin } from './support/origin.ts';
import { processesWith } from './support/processes.ts';
import { currentContent, freePort, startProgram, until } from './support/program.ts';
import { makeWorkspace } from './support/workspace.ts';

async function setUp() {
  const directory = await makeWorkspace();
  const origin = await createOrigin(join(directory, 'origin'));
  await origin.commit({ a: '1' });
  const root = join(directory, 'code');
  return {
    directory,
    origin,
    root,
    settings: { GIT_SYNC_REPO: origin.path, GIT_SYNC_ROOT: root, GIT_SYNC_WAIT: '300' },
  };
}

test('all wrong settings are named at once, with exit code 78', async () => {
  const program = startProgram({
    GIT_SYNC_BRANCH: '--upload-pack=x',
    GIT_SYNC_WAIT: 'soon',
    GIT_SYNC_PASWORD: 'secret',
  });
  expect(await program.ended).toBe(78);
  const output = program.output();
  expect(output).toContain('GIT_SYNC_REPO: not set: give the URL');
  expect(output).toContain('GIT_SYNC_BRANCH: expected a branch');
  expect(output).toContain('GIT_SYNC_WAIT: expected a whole number of seconds');
  expect(output).toContain(
    'GIT_SYNC_PASWORD: there is no such setting (did you mean GIT_SYNC_PASSWORD?)',
  );
  expect(output).not.toContain('secret');
});

test('GIT_SYNC_ONCE syncs once and says by its exit code how it went', async () => {
  const { root, settings } = await setUp();
  const program = startProgram({ ...settings, GIT_SYNC_ONCE: 'true' });
  expect(await program.ended).toBe(0);
  expect(await currentContent(root, 'a')).toBe('1');
  const failing = startProgram({ ...settings, GIT_SYNC_REPO: '/nowhere', GIT_SYNC_ONCE: 'true' });
  expect(await failing.ended).toBe(69);
  expect(failing.output()).toContain('GITCRON_E_REMOTE_FAILED');
});

test('polls', async () => {
  const { origin, root, settings } = await setUp();
  startProgram({ ...settings, GIT_SYNC_WAIT: '1' });
  await until(async () => (await currentContent(root, 'a')) === '1');
  await origin.commit({ a: '2' });
  await until(async () => (await currentContent(root, 'a')) === '2');
});

test('SIGHUP syncs at once', async () => {
  const { origin, root, settings } = await setUp();
  const program = startProgram(settings);
  await program.says('published');
  await origin.commit({ a: '2' });
  program.signal('SIGHUP');
  await until(async () => (await currentContent(root, 'a')) === '2');
});

test.each(['SIGTERM', 'SIGINT'] as const)('%s in mid-fetch leaves no git child', async (signal) => {
  const { directory, settings } = await setUp();
  const server = await startHttpGitServer(directory);
  server.mode = 'hang fetch';
  const hung = server.hung();
  const url = `${server.origin}/origin`;
  const program = startProgram({ ...settings, GIT_SYNC_REPO: url });
  await hung;
  expect(processesWith(url).length).toBeGreaterThan(0);
  program.signal(signal);
  expect(await program.ended).toBe(0);
  expect(processesWith(url)).toEqual([]);
});

test('survives kill -9 at 25 random moments', { timeout: 180_000 }, async () => {
  const { origin, root, settings } = await setUp();
  let published = 0;
  for (let round = 1; round <= 25; round += 1) {
    const files = Object.fromEntries(
      Array.from({ length: 40 }, (_, index) => [`d${index % 5}/f${index}`, `${round}`]),
    );
    await origin.commit({ ...files, a: `${round}` });
    const program = startProgram({ ...settings, GIT_SYNC_WAIT: '1' });
    // From before its first line of code to after the publish, which takes about 0.5 s.
    const delayMs = Math.random() * 800;
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    program.signal('SIGKILL');
    await program.ended;
    const names: string[] = await readdir(root).catch(() => []);
    if (!names.includes('current')) {
      expect(published).toBe(0);
      continue;
    }
    // Whatever is published is whole and of one commit.
    const now = Number(await currentContent(root, 'a'));
    expect(now).toBeGreaterThanOrEqual(published);
    published = now;
    if (published > 0) {
      const contents = await Promise.all(
        Object.keys(files).map((path) => currentContent(root, path)),
      );
      expect(new Set(contents)).toEqual(new Set([`${published}`]));
    }
  }
  const program = startProgram({ ...settings, GIT_SYNC_ONCE: 'true' });
  expect(await program.ended).toBe(0);
  expect(await currentContent(root, 'a')).toBe('25');
  expect(await readdir(join(root, 'building'))).toEqual([]);
});

test('/healthz and /metrics tell how it goes', async () => {
  const { origin, settings } = await setUp();
  const port = await freePort();
  const address = `http://127.0.0.1:${port}`;
  const program = startProgram({
    ...settings,
    GIT_SYNC_HTTP_PORT: `${port}`,
    GIT_SYNC_WAIT: '1',
    GIT_SYNC_HEALTH_SEC: '2',
  });
  await program.says('published');
  const hash = await origin.git('rev-parse', 'HEAD');
  await until(async () => (await fetch(`${address}/healthz`)).status === 200);
  expect(await (await fetch(`${address}/healthz`)).json()).toMatchObject({ current: { hash } });
  const metrics = await (await fetch(`${address}/metrics`)).text();
  expect(metrics).toContain('git_sync_syncs_total{result="published"} 1');
  expect(metrics).toContain(`git_sync_current_info{hash="${hash}"} 1`);
  expect((await fetch(`${address}/else`)).status).toBe(404);

  await origin.git('branch', '--move', 'elsewhere');
  await until(async () => (await fetch(`${address}/healthz`)).status === 503);
  expect(await (await fetch(`${address}/metrics`)).text()).toContain(
    'git_sync_syncs_total{result="GITCRON_E_REF_NOT_FOUND"}',
  );
});

test('a signed webhook publishes at once; the last of a burst wins', async () => {
  const { origin, root, settings } = await setUp();
  const port = await freePort();
  const secret = 'it is a long secret';
  const program = startProgram({
    ...settings,
    GIT_SYNC_WEBHOOK_PORT: `${port}`,
    GIT_SYNC_WEBHOOK_SECRET: secret,
  });
  await program.says('published');
  const body = '{"ref":"refs/heads/main"}';
  const signature = createHmac('sha256', secret).update(body).digest('hex');
  const push = () =>
    fetch(`http://127.0.0.1:${port}/webhook`, {
      method: 'POST',
      body,
      headers: { 'x-hub-signature-256': `sha256=${signature}` },
    });
  for (let round = 2; round <= 6; round += 1) {
    await origin.commit({ a: `${round}` });
    expect((await push()).status).toBe(202);
  }
  await until(async () => (await currentContent(root, 'a')) === '6');
});

test('a port that is taken ends the program with a clear error', async () => {
  const { settings } = await setUp();
  const port = await freePort();
  const first = startProgram({ ...settings, GIT_SYNC_HTTP_PORT: `${port}` });
  await until(async () => (await fetch(`http://127.0.0.1:${port}/healthz`)).ok);
  const program = startProgram({ ...settings, GIT_SYNC_HTTP_PORT: `${port}` });
  expect(await program.ended).toBe(69);
  expect(program.output()).toContain('GITCRON_E_PORT');
  first.signal('SIGTERM');
  expect(await first.ended).toBe(0);
});
