import { existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { listenOnLoopback } from './support/loopback.ts';
import { createOrigin } from '../../base/test/origin.ts';
import { processesWith } from '../../base/test/processes.ts';
import { startProgram } from './support/program.ts';
import { SSHD, startSshGitServer } from './support/ssh-git-server.ts';
import { startTestSync, told } from './support/sync.ts';
import { temporaryDirectory } from '../../base/test/temporary-directory.ts';

// Debian's openssh-server; .ci/run installs it. Without it there is nothing to talk to.
const installed = existsSync(SSHD);

async function setUp() {
  const directory = await temporaryDirectory();
  const origin = await createOrigin(join(directory, 'origin'));
  const one = await origin.commit({ a: '1' });
  const server = await startSshGitServer(join(directory, 'ssh'));
  return {
    origin,
    one,
    server,
    root: join(directory, 'code'),
    settings: {
      GIT_SYNC_REPO: `${server.origin}${origin.path}`,
      GIT_SYNC_SSH_KEY_FILE: server.keyFile,
      GIT_SYNC_SSH_KNOWN_HOSTS_FILE: server.knownHostsFile,
    },
  };
}

test.skipIf(!installed)('publishes over ssh', async () => {
  const { root, origin, one, settings } = await setUp();
  const sync = await startTestSync(root, settings);
  expect(told(await sync.first)).toBe(one);
  const two = await origin.commit({ a: '2' });
  expect(told(await sync.syncNow())).toBe(two);
});

test.skipIf(!installed)(
  'a key that others may read and that lost its last newline works',
  async () => {
    const { root, one, settings, server } = await setUp();
    await writeFile(server.keyFile, (await readFile(server.keyFile, 'utf8')).trimEnd());
    await chmod(server.keyFile, 0o644);
    const sync = await startTestSync(root, settings);
    expect(told(await sync.first)).toBe(one);
  },
);

test
  .skipIf(!installed)
  .each([
    'with blanks',
    '50% of %h',
    `it's "quoted"`,
    'a ${HOME} and a $HOME',
    String.raw`back\slash`,
    'ünï ~',
  ])('publishes over ssh to and with files in a directory named %s', async (name) => {
  const { origin, one, root, settings, server } = await setUp();
  const strange = `${root} ${name}`;
  await mkdir(strange);
  const keyFile = join(strange, `key ${name}`);
  const knownHosts = join(strange, `known hosts ${name}`);
  await copyFile(server.keyFile, keyFile);
  await copyFile(server.knownHostsFile, knownHosts);
  const sync = await startTestSync(join(strange, 'code'), {
    ...settings,
    GIT_SYNC_SSH_KEY_FILE: keyFile,
    GIT_SYNC_SSH_KNOWN_HOSTS_FILE: knownHosts,
  });
  expect(told(await sync.first)).toBe(one);
  const two = await origin.commit({ a: '2' });
  expect(told(await sync.syncNow())).toBe(two);
});

test.skipIf(!installed)(
  'a host that changed its key, or is not known, is refused, and said to be that',
  async () => {
    const { root, settings, server } = await setUp();
    const right = await readFile(server.knownHostsFile, 'utf8');
    for (const [knownHosts, sentence] of [
      [
        await readFile(server.wrongKnownHostsFile),
        'The server shows another host key than the one that is known here.',
      ],
      ['', 'The server’s host key is not known here.'],
      [
        '# nothing but this\nother.example ssh-ed25519 AAAA\n',
        'The server’s host key is not known here.',
      ],
    ] as const) {
      await writeFile(server.knownHostsFile, knownHosts);
      const sync = await startTestSync(root, settings);
      expect(told(await sync.first)).toBe('GITCRON_E_REMOTE_HOST_KEY');
      expect(sync.status().error?.message).toBe(sentence);
      // The very command that helps.
      const [, port = ''] = /:(\d+)$/.exec(server.origin) ?? [];
      expect(sync.status().error?.hint).toContain(`\`ssh-keyscan -p ${port} 127.0.0.1\``);
      expect(sync.lines.at(-1)?.error).toContain('Host key verification failed');
      await writeFile(server.knownHostsFile, right);
      expect((await sync.syncNow()).ok).toBe(true);
      await sync.stop();
    }
  },
);

test.skipIf(!installed)(
  'a key that the server does not know is refused, and its correction needs no restart',
  async () => {
    const { root, one, settings, server } = await setUp();
    const right = await readFile(server.keyFile);
    await writeFile(server.keyFile, await readFile(server.strangeKeyFile));
    const sync = await startTestSync(root, settings);
    expect(told(await sync.first)).toBe('GITCRON_E_REMOTE_FAILED');
    expect(sync.lines.map(({ error }) => error).join('\n')).toContain(
      'Permission denied (publickey',
    );
    await writeFile(server.keyFile, right);
    expect(told(await sync.syncNow())).toBe(one);
  },
);

test('the private key of a git-sync that was killed is gone after the next start', async () => {
  const directory = await temporaryDirectory();
  const root = join(directory, 'code');
  const temporary = join(directory, 'tmp');
  await mkdir(temporary);
  const keyFile = join(directory, 'key');
  await writeFile(keyFile, 'PRIVATE KEY');
  const server = createServer();
  const port = await listenOnLoopback(server);
  onTestFinished(() => void server.close());
  const settings = {
    GIT_SYNC_REPO: `ssh://nobody@127.0.0.1:${port}/repository`,
    GIT_SYNC_ROOT: root,
    GIT_SYNC_SSH_KEY_FILE: keyFile,
    TMPDIR: temporary,
  };
  const killed = startProgram(settings);
  const [stuck] = await once(server, 'connection');
  killed.signal('SIGKILL');
  await killed.ended;
  stuck.destroy();
  const [left = 'nothing'] = await readdir(join(root, 'building'));
  expect((await stat(join(root, 'building', left))).mode & 0o777).toBe(0o700);
  expect(await readdir(temporary)).toEqual([]);

  const next = startProgram({ ...settings, GIT_SYNC_ONCE: 'true', GIT_SYNC_REPO: '/nowhere' });
  expect(await next.ended).toBe(69);
  expect(await readdir(join(root, 'building'))).toEqual([]);
});

test('an ssh that is stuck is ended with its git', async () => {
  const directory = await temporaryDirectory();
  // Accepts and says nothing, which ssh waits for.
  const server = createServer();
  const port = await listenOnLoopback(server);
  onTestFinished(() => void server.close());
  const url = `ssh://nobody@127.0.0.1:${port}/repository`;
  const sync = await startTestSync(join(directory, 'code'), {
    GIT_SYNC_REPO: url,
    GIT_SYNC_TIMEOUT: '3600',
  });
  await once(server, 'connection');
  expect(processesWith(`-p ${port}`).length).toBeGreaterThan(0);
  await sync.stop();
  expect(processesWith(`-p ${port}`)).toEqual([]);
  expect(processesWith(url)).toEqual([]);
});
