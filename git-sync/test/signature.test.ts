import { execFileSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createOrigin, type Origin } from '../../base/test/origin.ts';
import { startTestSync, told } from './support/sync.ts';
import { temporaryDirectory } from '../../base/test/temporary-directory.ts';

async function setUp() {
  const directory = await temporaryDirectory();
  const origin = await createOrigin(join(directory, 'origin'));
  return {
    directory,
    origin,
    root: join(directory, 'code'),
    signers: join(directory, 'signers'),
  };
}

/** @returns the line that allows the key, and makes the origin sign with it. */
async function sshSigner(directory: string, origin: Origin, name: string): Promise<string> {
  const key = join(directory, name);
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', key]);
  await origin.git('config', 'gpg.format', 'ssh');
  await origin.git('config', 'user.signingKey', key);
  await origin.git('config', 'commit.gpgSign', 'true');
  return `ann@example.test ${await readFile(`${key}.pub`, 'utf8')}`;
}

test('publishes only commits signed by an allowed SSH key', async () => {
  const { directory, root, origin, signers } = await setUp();
  const allowed = await sshSigner(directory, origin, 'ann');
  await writeFile(signers, allowed);
  const one = await origin.commit({ a: '1' });
  const sync = await startTestSync(root, {
    GIT_SYNC_REPO: origin.path,
    GIT_SYNC_VERIFY_SIGNERS_FILE: signers,
  });
  expect(told(await sync.first)).toBe(one);

  const stranger = await sshSigner(directory, origin, 'mallory');
  const two = await origin.commit({ a: '2' });
  expect(told(await sync.syncNow())).toBe('GITCRON_E_SIGNATURE');
  expect(sync.status().error?.message).toContain(two.slice(0, 7));
  await origin.git('config', 'commit.gpgSign', 'false');
  await origin.commit({ a: '3' });
  expect(told(await sync.syncNow())).toBe('GITCRON_E_SIGNATURE');
  expect(await sync.current()).toBe(one);

  // The file is read anew: a signer can be added without a restart.
  await writeFile(signers, allowed + stranger);
  await origin.git('reset', '--quiet', '--hard', two);
  expect(told(await sync.syncNow())).toBe(two);
});

test('publishes only commits signed by an allowed GPG key', async () => {
  const { directory, root, origin, signers } = await setUp();
  const home = join(directory, 'gnupg');
  await mkdir(home, { mode: 0o700 });
  const gpg = (...args: string[]) =>
    execFileSync('gpg', ['--homedir', home, '--batch', '--quiet', ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  const program = join(directory, 'gpg');
  await writeFile(program, `#!/bin/sh\nexec gpg --homedir '${home}' --batch "$@"\n`, {
    mode: 0o755,
  });
  try {
    for (const name of ['ann', 'mallory']) {
      gpg(
        '--passphrase',
        '',
        '--quick-generate-key',
        `${name}@example.test`,
        'ed25519',
        'sign',
        '0',
      );
    }
    await origin.git('config', 'gpg.program', program);
    await writeFile(signers, gpg('--armor', '--export', 'ann@example.test'));
    const signed = (key: string, a: string) =>
      origin
        .git('config', 'user.signingKey', `${key}@example.test`)
        .then(() => origin.git('config', 'commit.gpgSign', 'true'))
        .then(() => origin.commit({ a }));
    const one = await signed('ann', '1');
    const sync = await startTestSync(root, {
      GIT_SYNC_REPO: origin.path,
      GIT_SYNC_VERIFY_SIGNERS_FILE: signers,
    });
    expect(told(await sync.first)).toBe(one);
    await signed('mallory', '2');
    expect(told(await sync.syncNow())).toBe('GITCRON_E_SIGNATURE');
    expect(await sync.current()).toBe(one);
  } finally {
    execFileSync('gpgconf', ['--homedir', home, '--kill', 'all']);
  }
});

test('going back to a revision that was published is checked, too', async () => {
  const { directory, root, origin, signers } = await setUp();
  const unsigned = await origin.commit({ a: '1' });
  const before = await startTestSync(root, { GIT_SYNC_REPO: origin.path });
  await before.first;
  await before.stop();
  await writeFile(signers, await sshSigner(directory, origin, 'ann'));
  const signed = await origin.commit({ a: '2' });
  const sync = await startTestSync(root, {
    GIT_SYNC_REPO: origin.path,
    GIT_SYNC_VERIFY_SIGNERS_FILE: signers,
  });
  expect(told(await sync.first)).toBe(signed);
  await origin.git('reset', '--quiet', '--hard', unsigned);
  expect(told(await sync.syncNow())).toBe('GITCRON_E_SIGNATURE');
  expect(await sync.current()).toBe(signed);
});
