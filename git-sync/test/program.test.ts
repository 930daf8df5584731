import { join } from 'node:path';
import { createHmac } from 'node:crypto';
import { readdir, writeFile } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { startHttpGitServer } from './support/http-git-server.ts';
import { createOrigin } from '../../base/test/origin.ts';
import { processesWith } from '../../base/test/processes.ts';
import { currentContent, SOON_MS, startProgram } from './support/program.ts';
import { freePort } from './support/loopback.ts';
import { temporaryDirectory } from '../../base/test/temporary-directory.ts';
import { until } from '../../base/test/until.ts';

async function setUp() {
  const directory = await temporaryDirectory();
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
  expect(failing.output()).not.toContain('next try');
});

/** To poll: what is published. */
const published = (root: string) => () => currentContent(root, 'a').catch(() => null);
const SOON = { timeout: SOON_MS };
vi.setConfig({ testTimeout: 2 * SOON_MS });

test('polls', async () => {
  const { origin, root, settings } = await setUp();
  startProgram({ ...settings, GIT_SYNC_WAIT: '1' });
  await expect.poll(published(root), SOON).toBe('1');
  await origin.commit({ a: '2' });
  await expect.poll(published(root), SOON).toBe('2');
});

test('SIGHUP syncs at once', async () => {
  const { origin, root, settings } = await setUp();
  const program = startProgram(settings);
  await program.says('published');
  await origin.commit({ a: '2' });
  program.signal('SIGHUP');
  await expect.poll(published(root), SOON).toBe('2');
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

test('survives kill -9 at 25 random moments', { timeout: 300_000 }, async () => {
  const { origin, root, settings } = await setUp();
  const once = { ...settings, GIT_SYNC_ONCE: 'true' };
  const paths = Array.from({ length: 40 }, (_, index) => `d${index % 5}/f${index}`);
  const push = (content: string) =>
    origin.commit(Object.fromEntries([...paths, 'a'].map((path) => [path, content])));
  await push('0');
  const startedAt = performance.now();
  await startProgram(once).ended;
  const wholeLifeMs = performance.now() - startedAt;

  let before = 0;
  for (let round = 1; round <= 25; round += 1) {
    await push(`${round}`);
    const program = startProgram(once);
    // Anywhere between its first instruction and its end.
    await setTimeout(Math.random() * wholeLifeMs);
    program.signal('SIGKILL');
    await program.ended;
    // Whatever is published is whole, of one commit, and never an older one.
    const contents = new Set(
      await Promise.all([...paths, 'a'].map((path) => currentContent(root, path))),
    );
    expect([...contents]).toHaveLength(1);
    const now = Number([...contents][0]);
    expect(now).toBeGreaterThanOrEqual(before);
    before = now;
  }
  expect(await startProgram(once).ended).toBe(0);
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
  const metrics = async () => (await fetch(`${address}/metrics`)).text();
  await until(async () => {
    expect(await metrics()).toContain('git_sync_syncs_total{result="published"} 1');
    return true;
  });
  expect(await metrics()).toContain(`git_sync_current_info{hash="${hash}"} 1`);
  expect((await fetch(`${address}/else`)).status).toBe(404);

  await origin.git('branch', '--move', 'elsewhere');
  await until(async () => (await fetch(`${address}/healthz`)).status === 503);
  await until(async () => {
    expect(await metrics()).toContain('git_sync_syncs_total{result="GITCRON_E_REF_NOT_FOUND"}');
    return true;
  });
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
  await expect.poll(published(root), SOON).toBe('6');
});

test('a webhook secret that was emptied lets nobody in, and the log says so once', async () => {
  const { directory, settings } = await setUp();
  const port = await freePort();
  const file = join(directory, 'secret');
  const secret = 'it is a long secret';
  await writeFile(file, `${secret}\n`);
  const program = startProgram({
    ...settings,
    GIT_SYNC_WEBHOOK_PORT: `${port}`,
    GIT_SYNC_WEBHOOK_SECRET_FILE: file,
  });
  await program.says('published');
  const push = async (key: string) => {
    const digest = createHmac('sha256', key).update('{}').digest('hex');
    const headers = { 'x-hub-signature-256': `sha256=${digest}` };
    const url = `http://127.0.0.1:${port}/webhook`;
    return (await fetch(url, { method: 'POST', body: '{}', headers })).status;
  };
  await until(async () => (await push(secret)) === 202);
  for (const content of ['', '\n', 'short']) {
    await writeFile(file, content);
    expect(await push(content.trim())).toBe(500);
  }
  await writeFile(file, secret);
  expect(await push(secret)).toBe(202);
  program.signal('SIGTERM');
  await program.ended;
  expect(program.output().match(/"code":"GITCRON_E_WEBHOOK_SECRET"/g)).toHaveLength(1);
});

test('a second git-sync on the volume waits, and takes over when the first ends', async () => {
  const { origin, root, settings } = await setUp();
  const first = startProgram({ ...settings, GIT_SYNC_WAIT: '1' });
  await first.says('published');
  const second = startProgram({ ...settings, GIT_SYNC_WAIT: '1' });
  await second.says('GITCRON_E_VOLUME_BUSY');
  first.signal('SIGKILL');
  await first.ended;
  second.signal('SIGHUP');
  await second.says('well again');
  await origin.commit({ a: '2' });
  await expect.poll(published(root), SOON).toBe('2');
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
