import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { statfsSync, writeFileSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { z } from 'zod';
import { startHttpGitServer } from './support/http-git-server.ts';
import { freePort } from './support/loopback.ts';
import { createOrigin, type Origin } from '../../base/test/origin.ts';
import { currentContent, SOON_MS, startProgram } from './support/program.ts';
import { temporaryDirectory } from '../../base/test/temporary-directory.ts';
import { until } from '../../base/test/until.ts';

vi.setConfig({ testTimeout: 2 * SOON_MS });
const MEGABYTE = 1024 * 1024;
/** Of the volume, in MB. */
const SIZE = 30;
/** A mount of the test's own, which Linux gives without rights where user namespaces are allowed. */
const UNSHARE = [
  'unshare',
  ...(process.getuid?.() === 0 ? [] : ['-r']),
  '-m',
  '--propagation',
  'private',
];
const [unshare = '', ...unshareArgs] = UNSHARE;
const canMount =
  spawnSync(unshare, [...unshareArgs, 'mount', '-t', 'tmpfs', 'none', '/mnt']).status === 0;

const hasLfs = spawnSync('git', ['lfs', 'version']).status === 0;

/** Commits a file of so many bytes, to the repository itself or to where its bytes come from. */
type Push = (parts: {
  readonly directory: string;
  readonly origin: Origin;
  readonly size: number;
}) => Promise<unknown>;

const toItself: Push = ({ origin, size }) =>
  origin.commit({ a: '2', large: { bytes: randomBytes(size) } });

/** Empty files of one object, with names so long that git's index of them is as large as the disk. */
const manyNames: Push = async ({ origin, size }) => {
  await mkdir(join(origin.path, 'many'));
  for (let n = 0; n < size / 300; n += 1) {
    writeFileSync(join(origin.path, 'many', `${n}${'x'.repeat(230)}`), '');
  }
  await origin.commit({ a: '2' });
};

const toItsSubmodule: Push = async ({ directory, origin, size }) => {
  const library = await createOrigin(join(directory, 'library'));
  await library.commit({ large: { bytes: randomBytes(size) } });
  await origin.git('submodule', 'add', '../library', 'lib');
  await origin.commit({ a: '2' });
};

const toGitLfs: Push = async ({ origin, size }) => {
  await origin.git('lfs', 'install', '--local');
  await origin.commit({ '.gitattributes': '*.bin filter=lfs diff=lfs merge=lfs -text\n' });
  await origin.commit({ a: '2', 'large.bin': { bytes: randomBytes(size) } });
};

/** git-sync on a tmpfs(5) of its own, with a first commit published. */
async function startOnSmallDisk(
  directory: string,
  options: string,
  settings: Readonly<Record<string, string>>,
) {
  const mount = join(directory, 'volume');
  await mkdir(mount);
  const program = startProgram({ GIT_SYNC_ROOT: join(mount, 'code'), ...settings }, [
    ...UNSHARE,
    'sh',
    '-c',
    `mount -t tmpfs -o ${options} none '${mount}' && exec "$@"`,
    'sh',
  ]);
  await program.says('published');
  // Only the program has the mount; its view of it is open to us.
  return { program, root: join(`/proc/${program.pid}/root`, mount, 'code') };
}

test.skipIf(!canMount).each<[command: string, free: number, size: number, push: Push]>([
  // Free space, and the commit's size: the fetch writes it once, the checkout once more.
  ['fetch', 2, 3, toItself],
  ['checkout-index', 3, 2, toItself],
  // What git had of the file is gone when it ends, and there is room again.
  ['checkout-index', 9, 6, toItself],
  ['read-tree', 1.6, 2.5, manyNames],
  ['fetch', 2, 3, toItsSubmodule],
  ['checkout-index', 9, 6, toItsSubmodule],
  ...(hasLfs ? [['checkout-index', 5, 8, toGitLfs] as [string, number, number, Push]] : []),
])(
  'a disk full in git %s (%d MB free of %d): the tree stays, and it recovers',
  async (...case_) => {
    const [command, free, size, push] = case_;
    const directory = await temporaryDirectory();
    const origin = await createOrigin(join(directory, 'origin'));
    await origin.commit({ a: '1' });
    const server = await startHttpGitServer(directory);
    const repository = push === toGitLfs ? `${server.origin}/origin` : origin.path;
    const { program, root } = await startOnSmallDisk(directory, `size=${SIZE * MEGABYTE}`, {
      GIT_SYNC_REPO: repository,
      GIT_SYNC_WAIT: '1',
    });
    const filler = join(root, 'filler');
    await writeFile(filler, Buffer.alloc((SIZE - free) * MEGABYTE)).catch(() => {});

    await push({ directory, origin, size: size * MEGABYTE });
    await program.says('GITCRON_E_DISK_FULL');
    expect(program.output()).toContain(`because: git ${command} ended`);
    expect(await currentContent(root, 'a')).toBe('1');
    await until(async () => (await readdir(join(root, 'building'))).length === 0);

    await rm(filler);
    program.signal('SIGHUP');
    await until(async () => (await currentContent(root, 'a')) === '2');
    await program.says('well again');
    await until(async () => (await readdir(join(root, 'building'))).length === 0);
  },
);

const status = z.object({
  state: z.string(),
  lastAttemptAt: z.string().nullable(),
  error: z.object({ code: z.string(), because: z.array(z.string()) }).nullable(),
});

test.skipIf(!canMount)(
  'with room for one file more each time, each look ends in the old state or the new one, and says why',
  async () => {
    const directory = await temporaryDirectory();
    const origin = await createOrigin(join(directory, 'origin'));
    const one = await origin.commit({ a: '1', 'dir/same': 'same' });
    const port = await freePort();
    const { program, root } = await startOnSmallDisk(directory, 'size=30m,nr_inodes=400', {
      GIT_SYNC_REPO: origin.path,
      GIT_SYNC_HTTP_PORT: `${port}`,
      GIT_SYNC_WAIT: '3600',
      GIT_SYNC_HEALTH_SEC: '7200',
    });
    const ask = async () =>
      status.parse(await (await fetch(`http://127.0.0.1:${port}/healthz`)).json());
    const filler = join(root, 'filler');
    await mkdir(filler);
    let files = 0;
    const isFull = () => statfsSync(root).ffree === 0;
    for (; !isFull(); files += 1) await writeFile(join(filler, `${files}`), '');

    const two = await origin.commit({ a: '2', more: '2' });
    const causes: string[] = [];
    let now = await ask();
    for (;;) {
      const { lastAttemptAt } = now;
      program.signal('SIGHUP');
      await until(async () => (now = await ask()).lastAttemptAt !== lastAttemptAt);
      // Also where there is no room for another file.
      await until(async () => {
        const written = JSON.parse(await readFile(join(root, 'status.json'), 'utf8'));
        expect(status.parse(written)).toEqual(now);
        return true;
      });
      if (now.state === 'ok') break;
      expect(now.error?.code).toBe('GITCRON_E_DISK_FULL');
      causes.push(now.error?.because.join() ?? '');
      expect(await currentContent(root, 'a')).toBe('1');
      await until(async () => (await readdir(join(root, 'building'))).length === 0);
      expect((await readdir(join(root, 'revisions'))).toSorted()).toEqual([one, `${one}.json`]);
      files -= 1;
      await rm(join(filler, `${files}`));
    }
    expect(await currentContent(root, 'a')).toBe('2');
    expect(await readdir(join(root, 'revisions'))).toContain(`${two}.json`);
    // Each phase has met it: git's own files, our directories, the checkout, and the link at the end.
    for (const phase of ['git fetch', 'mkdir', 'git checkout-index', 'symlink']) {
      expect(causes.filter((cause) => cause.includes(phase))).not.toEqual([]);
    }
  },
);
