import { once } from 'node:events';
import { existsSync, rmSync, symlinkSync } from 'node:fs';
import { chmod, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { putPipe } from '../../base/test/named-pipe.ts';
import { createOrigin } from '../../base/test/origin.ts';
import { temporaryDirectory } from '../../base/test/temporary-directory.ts';
import { readSettings } from '../src/settings.ts';
import { startTestSync, told } from './support/sync.ts';

/** A repository with a library in it, both published, and the clones of the two. */
async function setUp(environment: Readonly<Record<string, string>> = {}) {
  const directory = await temporaryDirectory();
  const library = await createOrigin(join(directory, 'library'));
  await library.commit({ code: '1' });
  const origin = await createOrigin(join(directory, 'origin'));
  await origin.commit({ a: '1' });
  await origin.git('submodule', 'add', '../library', 'library');
  const one = await origin.commit({});
  const root = join(directory, 'code');
  const sync = await startTestSync(root, { GIT_SYNC_REPO: origin.path, ...environment });
  expect(told(await sync.first)).toBe(one);
  const [module = ''] = await readdir(join(root, 'modules'));
  const clones = { main: join(root, 'clone'), library: join(root, 'modules', module) };
  /** Something new in both. */
  const change = async (text: string) => {
    await library.commit({ code: text });
    await origin.git('-C', 'library', 'pull', '--quiet', '--no-recurse-submodules');
    return origin.commit({ a: text });
  };
  const warnings = () => sync.lines.filter(({ level }) => level >= 40).map(({ msg }) => msg);
  return { directory, root, origin, one, sync, clones, change, warnings };
}

async function firstIn(clone: string, name: RegExp): Promise<string> {
  const paths = await readdir(join(clone, 'objects'), { recursive: true });
  return join(clone, 'objects', paths.find((path) => name.test(path)) ?? 'none');
}

const places = [
  'HEAD',
  'config',
  'packed-refs',
  'shallow',
  'index',
  'info/attributes',
  'refs/gitcron/tip',
  'refs/heads/other',
  'objects/pack/x.idx',
  'objects/info/commit-graph',
  'hooks/reference-transaction',
];

const damages: Record<string, (clone: string) => unknown> = {
  ...Object.fromEntries(
    places.map((place) => [
      `a pipe as ${place}`,
      async (clone: string) => {
        await mkdir(join(clone, place, '..'), { recursive: true });
        putPipe(join(clone, place));
      },
    ]),
  ),
  'a pipe as an index of a pack': async (clone) => {
    // Small fetches leave loose objects only.
    const pack = join(clone, 'objects/pack');
    await mkdir(pack, { recursive: true });
    putPipe(join(pack, `pack-${'1'.repeat(40)}.idx`));
    await writeFile(join(pack, `pack-${'1'.repeat(40)}.pack`), '');
  },
  'a pipe as a loose object': async (clone) => putPipe(await firstIn(clone, /^..\/.{38}$/)),
  'an endless device as HEAD': (clone) => {
    rmSync(join(clone, 'HEAD'));
    symlinkSync('/dev/zero', join(clone, 'HEAD'));
  },
  'a socket as config': async (clone) => {
    // The whole path would be too long for one.
    const made = join(clone, '../..', 'socket');
    const server = createServer().listen(made);
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    await rename(made, join(clone, 'config'));
  },
};

test.each([
  ...Object.keys(damages).map((damage) => [damage, 'main']),
  ...['a pipe as HEAD', 'a pipe as config', 'a socket as config'].map((name) => [name, 'library']),
])('%s in the clone of %s: it is made anew at once', async (damage, which) => {
  const { sync, clones, change, warnings } = await setUp();
  const clone = which === 'main' ? clones.main : clones.library;
  await damages[damage]?.(clone);
  const two = await change('2');
  expect(told(await sync.syncNow())).toBe(two);
  expect(await sync.read('library/code')).toBe('2');
  expect(warnings()).toEqual([
    expect.stringMatching(/^the clone .*is damaged: making a new one; what is published stays$/),
  ]);
  expect(told(await sync.syncNow())).toBe('none');
});

test.each(['main', 'library'] as const)(
  'a git that stands still over the clone of %s is ended, and the clone is made anew',
  async (which) => {
    const { directory, sync, clones, change, warnings } = await setUp({ GIT_SYNC_TIMEOUT: '1' });
    putPipe(join(directory, 'pipe'));
    // A regular file that leads git to one that is none.
    await writeFile(join(clones[which], 'config'), `[include]\n\tpath = ${directory}/pipe\n`, {
      flag: 'a',
    });
    const two = await change('2');
    expect(told(await sync.syncNow())).toBe(two);
    expect(await sync.read('library/code')).toBe('2');
    expect(warnings().filter((text) => text.includes('making a new one'))).toHaveLength(1);
  },
);

test('a repository on this machine that cannot be read to its end is a remote that says nothing', async () => {
  const { origin, sync, change } = await setUp({ GIT_SYNC_TIMEOUT: '1' });
  await change('2');
  putPipe(join(origin.path, '.git/packed-refs'));
  expect(told(await sync.syncNow())).toBe('GITCRON_E_REMOTE_SILENT');
  await rm(join(origin.path, '.git/packed-refs'));
  expect((await sync.syncNow()).ok).toBe(true);
});

/** A `git` that does something else first when it is asked for a command. */
async function putBefore(directory: string, command: string, script: string): Promise<void> {
  const path = process.env['PATH'] ?? '';
  const bin = join(directory, 'bin');
  await mkdir(bin);
  await writeFile(
    join(bin, 'git'),
    `#!/bin/sh\n[ "$1" = ${command} ] && { ${script}; }\nPATH='${path}' exec git "$@"\n`,
  );
  await chmod(join(bin, 'git'), 0o755);
  vi.stubEnv('PATH', `${bin}:${path}`);
  onTestFinished(() => void vi.unstubAllEnvs());
}

test('a git that does nothing is ended and told of', async () => {
  const { directory, sync, one, change } = await setUp({ GIT_SYNC_TIMEOUT: '1' });
  putPipe(join(directory, 'pipe'));
  await putBefore(directory, 'read-tree', `read -r line < '${directory}/pipe'`);
  await change('2');
  const outcome = await sync.syncNow();
  expect(outcome).toMatchObject({
    error: {
      code: 'GITCRON_E_GIT_STUCK',
      message:
        'git read-tree stood still and was ended: it waited for this machine’s disk, or for another program.',
    },
  });
  expect(await sync.current()).toBe(one);
  expect(sync.status().error?.code).toBe('GITCRON_E_GIT_STUCK');
});

test('a git that is silent and at work is not ended', async () => {
  const { directory, sync, change } = await setUp({ GIT_SYNC_TIMEOUT: '1' });
  await putBefore(directory, 'read-tree', 'timeout 3 sh -c "while :; do :; done"');
  const two = await change('2');
  expect(told(await sync.syncNow())).toBe(two);
});

test.each(['inventory', 'status.json', 'revisions/HASH.json', 'revisions/HASH.changes.json'])(
  'a pipe in the place of %s is in nobody’s way, nor after a restart',
  async (name) => {
    const { root, origin, one, sync, change } = await setUp();
    const path = join(root, name.replace('HASH', one));
    putPipe(path);
    const two = await change('2');
    expect(told(await sync.syncNow())).toBe(two);
    putPipe(path);
    await sync.stop();
    const successor = await startTestSync(root, { GIT_SYNC_REPO: origin.path });
    expect(told(await successor.first)).toBe('none');
    const three = await change('3');
    expect(told(await successor.syncNow())).toBe(three);
    expect(await successor.read('library/code')).toBe('3');
    expect(existsSync(join(root, 'revisions', `${two}.json`))).toBe(true);
  },
);

test.each(['current', 'clone', 'modules', 'building'])(
  'a pipe in the place of %s goes',
  async (name) => {
    const { root, sync, change } = await setUp();
    await sync.stop();
    putPipe(join(root, name));
    const two = await change('2');
    const successor = await startTestSync(root, { GIT_SYNC_REPO: join(root, '../origin') });
    expect(told(await successor.first)).toBe(two);
  },
);

test('a pipe in the place of what is known of the published commit is replaced', async () => {
  const { root, one, sync } = await setUp();
  putPipe(join(root, 'revisions', `${one}.json`));
  expect(told(await sync.syncNow())).toBe('none');
  expect(sync.lines.map(({ msg }) => msg)).toContain(
    `wrote again what is known of ${one.slice(0, 7)}: its .json was lost`,
  );
});

test('a secret’s file that is a pipe is refused', async () => {
  const directory = await temporaryDirectory();
  const pipe = join(directory, 'pipe');
  putPipe(pipe);
  expect(() => readSettings({ GIT_SYNC_REPO: '/origin', GIT_SYNC_PASSWORD_FILE: pipe })).toThrow(
    `${pipe} is not a regular file`,
  );
});
