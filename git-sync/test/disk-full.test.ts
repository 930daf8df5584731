import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { startHttpGitServer } from './support/http-git-server.ts';
import { createOrigin, DEVELOPER_ENVIRONMENT, type Origin } from './support/origin.ts';
import { currentContent, SOON_MS, startProgram, until } from './support/program.ts';
import { makeWorkspace } from './support/workspace.ts';

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

const toItsSubmodule: Push = async ({ directory, origin, size }) => {
  const library = await createOrigin(join(directory, 'library'));
  await library.commit({ large: { bytes: randomBytes(size) } });
  await origin.git('submodule', 'add', '../library', 'lib');
  await origin.commit({ a: '2' });
};

const toGitLfs: Push = async ({ origin, size }) => {
  spawnSync('git', ['lfs', 'install', '--local'], { cwd: origin.path, env: DEVELOPER_ENVIRONMENT });
  await origin.commit({ '.gitattributes': '*.bin filter=lfs diff=lfs merge=lfs -text\n' });
  await origin.commit({ a: '2', 'large.bin': { bytes: randomBytes(size) } });
};

test.skipIf(!canMount).each<[command: string, free: number, size: number, push: Push]>([
  // Free space, and the commit's size: the fetch writes it once, the checkout once more.
  ['fetch', 2, 3, toItself],
  ['checkout-index', 3, 2, toItself],
  // What git had of the file is gone when it ends, and there is room again.
  ['checkout-index', 9, 6, toItself],
  ['fetch', 2, 3, toItsSubmodule],
  ['checkout-index', 9, 6, toItsSubmodule],
  ...(hasLfs ? [['checkout-index', 5, 8, toGitLfs] as [string, number, number, Push]] : []),
])(
  'a disk full in git %s (%i MB free of %i): the tree stays, and it recovers',
  async (...case_) => {
    const [command, free, size, push] = case_;
    const directory = await makeWorkspace();
    const origin = await createOrigin(join(directory, 'origin'));
    await origin.commit({ a: '1' });
    const server = await startHttpGitServer(directory);
    const repository = push === toGitLfs ? `${server.origin}/origin` : origin.path;
    const mount = join(directory, 'volume');
    await mkdir(mount);
    const program = startProgram(
      { GIT_SYNC_REPO: repository, GIT_SYNC_ROOT: join(mount, 'code'), GIT_SYNC_WAIT: '1' },
      [
        ...UNSHARE,
        'sh',
        '-c',
        `mount -t tmpfs -o size=${SIZE * MEGABYTE} none '${mount}' && exec "$@"`,
        'sh',
      ],
    );
    await program.says('published');
    // Only the program has the mount; its view of it is open to us.
    const root = join(`/proc/${program.pid}/root`, mount, 'code');
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
