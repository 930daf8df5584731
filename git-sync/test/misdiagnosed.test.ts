import { createServer } from 'node:http';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { serveRepositories } from './support/git-http-backend.ts';
import { startHttpGitServer } from './support/http-git-server.ts';
import { listenOnLoopback } from './support/loopback.ts';
import { createOrigin } from '../../base/test/origin.ts';
import { startTestSync, told } from './support/sync.ts';
import { temporaryDirectory } from '../../base/test/temporary-directory.ts';

test('a submodule’s commit that was never pushed is said to be that', async () => {
  const directory = await temporaryDirectory();
  const library = await createOrigin(join(directory, 'library'));
  await library.commit({ code: '1' });
  const origin = await createOrigin(join(directory, 'origin'));
  await origin.commit({ a: '1' });
  await origin.git('submodule', 'add', '../library', 'lib');
  const one = await origin.commit({});
  const sync = await startTestSync(join(directory, 'code'), { GIT_SYNC_REPO: origin.path });
  expect(told(await sync.first)).toBe(one);
  const inLibrary = ['-C', 'lib', '-c', 'user.name=A', '-c', 'user.email=a@b'];
  await origin.git(...inLibrary, 'commit', '--quiet', '--allow-empty', '--message=Mine');
  const two = await origin.commit({});
  expect(told(await sync.syncNow())).toBe('GITCRON_E_SUBMODULE_COMMIT');
  const { message, place, hint } = sync.status().error ?? {};
  const mine = await origin.git('-C', 'lib', 'rev-parse', 'HEAD');
  expect(message).toBe(
    `The submodule “lib” is to be at commit ${mine.slice(0, 7)}, which its remote does not have.`,
  );
  expect(place).toBe(library.path);
  expect(hint).toContain('git -C lib push');
  expect(await sync.current()).toBe(one);
  await origin.git('-C', 'lib', 'push', '--quiet', 'origin', 'HEAD:refs/heads/mine');
  expect(told(await sync.syncNow())).toBe(two);
});

test.each([
  ['HEAD:a', 'a file', []],
  ['HEAD:dir', 'a directory', []],
  ['HEAD:a', 'a file', ['--annotate', '--message=x']],
])('a tag of %s is said to name %s', async (object, kind, options) => {
  const directory = await temporaryDirectory();
  const origin = await createOrigin(join(directory, 'origin'));
  const one = await origin.commit({ a: '1', 'dir/b': '2' });
  await origin.git('tag', ...options, 'thing', object);
  const sync = await startTestSync(join(directory, 'code'), {
    GIT_SYNC_REPO: `file://${origin.path}`,
    GIT_SYNC_BRANCH: 'thing',
  });
  expect(told(await sync.first)).toBe('GITCRON_E_NOT_A_COMMIT');
  expect(sync.status().error?.message).toBe(`“thing” names ${kind} and not a commit.`);
  await origin.git('tag', '--force', 'thing', 'HEAD');
  expect(told(await sync.syncNow())).toBe(one);
});

test('a hash that is an annotated tag’s is its commit, published once', async () => {
  const directory = await temporaryDirectory();
  const origin = await createOrigin(join(directory, 'origin'));
  const one = await origin.commit({ a: '1' });
  await origin.git('tag', '--annotate', '--message=x', 'v1');
  const sync = await startTestSync(join(directory, 'code'), {
    GIT_SYNC_REPO: `file://${origin.path}`,
    GIT_SYNC_BRANCH: await origin.git('rev-parse', 'v1'),
  });
  expect(told(await sync.first)).toBe(one);
  expect(told(await sync.syncNow())).toBe('none');
});

test('a server of files only is said to be one, and is good enough for a whole history', async () => {
  const directory = await temporaryDirectory();
  const library = await createOrigin(join(directory, 'library'));
  await library.commit({ code: '0' });
  await library.commit({ code: '1' });
  const origin = await createOrigin(join(directory, 'origin'));
  await origin.commit({ a: '0' });
  await origin.git('submodule', 'add', '../library', 'lib');
  const server = createServer((request, response) => {
    readFile(join(directory, request.url?.split('?')[0] ?? '')).then(
      (content) => response.end(content),
      () => response.writeHead(404).end(),
    );
  });
  const port = await listenOnLoopback(server);
  onTestFinished(() => void server.close());
  const url = `http://127.0.0.1:${port}/library/.git`;
  await origin.git('config', '--file', '.gitmodules', 'submodule.lib.url', url);
  const one = await origin.commit({});
  await origin.git('update-server-info');
  await library.git('update-server-info');
  const start = (repository: string, depth: string) =>
    startTestSync(join(directory, `code-${depth}`), {
      GIT_SYNC_REPO: repository,
      GIT_SYNC_DEPTH: depth,
    });
  const main = await start(`http://127.0.0.1:${port}/origin/.git`, '1');
  expect(told(await main.first)).toBe('GITCRON_E_REMOTE_DUMB');
  expect(main.status().error?.hint).toContain('GIT_SYNC_DEPTH=0');
  const whole = await start(`http://127.0.0.1:${port}/origin/.git`, '0');
  expect(told(await whole.first)).toBe(one);
  expect(await whole.read('lib/code')).toBe('1');
  await main.stop();
  const { origin: smart } = await startHttpGitServer(directory);
  const ofSubmodule = await start(`${smart}/origin`, '1');
  expect(told(await ofSubmodule.first)).toBe('GITCRON_E_REMOTE_DUMB');
  expect(ofSubmodule.status().error?.place).toBe(url);
});

test('a page in the place of a Git server, as of a proxy that wants a log-in, is no missing branch', async () => {
  const directory = await temporaryDirectory();
  const origin = await createOrigin(join(directory, 'origin'));
  const one = await origin.commit({ a: '1' });
  const repositories = serveRepositories(directory);
  let wantsLogin = true;
  const server = createServer((request, response) => {
    if (!wantsLogin) return repositories(request, response);
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
    response.end('<html><body>Please log in.</body></html>');
  });
  const port = await listenOnLoopback(server);
  onTestFinished(() => void server.close());
  const sync = await startTestSync(join(directory, 'code'), {
    GIT_SYNC_REPO: `http://127.0.0.1:${port}/origin`,
  });
  expect(told(await sync.first)).toBe('GITCRON_E_REMOTE_PAGE');
  wantsLogin = false;
  expect(told(await sync.syncNow())).toBe(one);
  await origin.git('branch', '--move', 'elsewhere');
  expect(told(await sync.syncNow())).toBe('GITCRON_E_REF_NOT_FOUND');
  wantsLogin = true;
  expect(told(await sync.syncNow())).toBe('GITCRON_E_REMOTE_PAGE');
  expect(await sync.current()).toBe(one);
});

test('the same code with another cause is told in full, once each; status.json says the cause', async () => {
  const directory = await temporaryDirectory();
  const origin = await createOrigin(join(directory, 'origin'));
  const sync = await startTestSync(join(directory, 'code'), { GIT_SYNC_REPO: origin.path });
  await sync.first;
  const away = join(directory, 'away');
  const inFull = () => sync.lines.filter(({ msg }) => msg.startsWith('the sync failed'));
  const because = async () => {
    await sync.syncNow();
    const { error } = statusFile.parse(
      JSON.parse(await readFile(join(sync.root, 'status.json'), 'utf8')),
    );
    return `${error.code}: ${error.because.join()}`;
  };
  await rename(origin.path, away);
  expect(await because()).toMatch(
    /^GITCRON_E_REMOTE_FAILED: git ls-remote .*does not appear to be/,
  );
  await writeFile(origin.path, '');
  const before = inFull().length;
  expect(await because()).toMatch(/^GITCRON_E_REMOTE_FAILED: git ls-remote .*gitfile/);
  expect(inFull().length).toBe(before + 1);
  await rm(origin.path);
  await because();
  expect(inFull().length).toBe(before + 1);
});

const statusFile = z.object({
  error: z.object({ code: z.string(), because: z.array(z.string()) }),
});
