import { lstat, mkdir, readdir, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it, vi } from 'vitest';
import { CodeVolume, CRONTAB, writeTree } from './support/code-volume.ts';
import { follow } from './support/following.ts';
import { startTestSync } from '../../../git-sync/test/support/sync.ts';
import { createOrigin } from '../../../base/test/origin.ts';
import { temporaryDirectory } from '../../../base/test/temporary-directory.ts';
import { until } from '../../../base/test/until.ts';

// Real installs, on a machine that may be busy.
vi.setConfig({ testTimeout: 90_000 });

describe('a volume of our git-sync', () => {
  it.each(['sha1', 'sha256'] as const)(
    'of %s is followed from commit to commit, with subject and author',
    { timeout: 60_000 },
    async (format) => {
      const root = await temporaryDirectory();
      const origin = await createOrigin(join(root, 'origin'), format);
      const tree = {
        'app/crontab.txt': CRONTAB,
        'bin/run.sh': { script: '#!/bin/sh\necho ran\n' },
      };
      const first = await origin.commit(tree, 'The first');
      const source = join(root, 'code');
      const sync = await startTestSync(source, { GIT_SYNC_REPO: origin.path });
      const { follower, untilCurrent } = await follow({ source, state: join(root, 'state') });
      await untilCurrent(first);
      expect(follower.current?.name).toMatchObject({ subject: 'The first', author: 'Ann Lee' });
      const { directory = '' } = follower.current ?? {};
      expect((await execa('bin/run.sh', { cwd: directory })).stdout).toBe('ran');

      const second = await origin.commit({ 'a.js': '' }, 'The second');
      await sync.syncNow();
      await untilCurrent(second);
      expect(await readdir(follower.current?.directory ?? '')).toEqual(['a.js', 'app', 'bin']);
    },
  );
});

describe('the link itself, as kubernetes/git-sync publishes it', () => {
  it('is followed; the pointer to the clone is left out', async () => {
    const root = await temporaryDirectory();
    const publish = async (digit: string) => {
      const hash = digit.repeat(40);
      const tree = join(root, '.worktrees', hash);
      await writeTree(tree, { 'app/crontab.txt': CRONTAB, '.git': `gitdir: ../../.git` });
      await symlink(join('.worktrees', hash), join(root, 'fresh'));
      await rename(join(root, 'fresh'), join(root, 'repo'));
      return hash;
    };
    const first = await publish('a');
    const source = join(root, 'repo');
    const { follower, untilCurrent } = await follow({ source, state: join(root, 'state') });
    await untilCurrent(first);
    expect(await readdir(follower.current?.directory ?? '')).toEqual(['app']);
    expect(follower.current?.name).toMatchObject({ subject: '', author: '' });
    await untilCurrent(await publish('b'));
  });
});

describe('a plain directory', () => {
  it('is a new revision after each change; what is no code is left out', async () => {
    const root = await temporaryDirectory();
    const source = join(root, 'scripts');
    await writeTree(source, {
      'app/crontab.txt': CRONTAB,
      'app/a.js': '1',
      '.git/config': '',
      'node_modules/x/index.js': '',
      'app/node_modules/y/index.js': '',
      '.venv/bin/python': '',
      '.gitcron/state': '',
    });
    const { follower, log } = await follow({ source, state: join(root, 'state') });
    await until(() => follower.current !== null);
    const first = follower.current;
    expect(first?.name.revision).toMatch(/^dir-[0-9a-f]{12}$/);
    const { directory = '' } = first ?? {};
    expect((await readdir(directory, { recursive: true })).toSorted()).toEqual([
      'app',
      'app/a.js',
      'app/crontab.txt',
    ]);
    await writeFile(join(source, 'app/a.js'), '22');
    await until(() => follower.current !== first);
    const second = follower.current;
    await writeFile(join(source, '.git/config'), 'changed');
    await writeFile(join(source, 'app/b.js'), '');
    await until(() => follower.current !== second);
    expect(log.filter((line) => line.includes('New revision'))).toHaveLength(3);
  });

  it('may hold names that are no text, and links to anywhere', async () => {
    const root = await temporaryDirectory();
    const source = join(root, 'scripts');
    await writeTree(source, {
      'app/crontab.txt': CRONTAB,
      'two\nlines/a b.js': '',
      'out of it': { link: '/etc' },
      nowhere: { link: '../../nowhere' },
    });
    const notUtf8 = Buffer.concat([Buffer.from(`${source}/`), Buffer.of(0xff, 0xfe)]);
    await mkdir(notUtf8);
    await writeFile(Buffer.concat([notUtf8, Buffer.from('/file')]), 'kept');
    await execa('mkfifo', [join(source, 'pipe')]);
    const { follower } = await follow({ source, state: join(root, 'state') });
    await until(() => follower.current !== null);
    const { directory = '' } = follower.current ?? {};
    const names = await readdir(directory, { encoding: 'buffer' });
    expect(names.map((name) => name.toString('latin1')).toSorted()).toEqual([
      'app',
      'nowhere',
      'out of it',
      'two\nlines',
      '\xff\xfe',
    ]);
    expect(await readlink(join(directory, 'out of it'))).toBe('/etc');
    expect(await readlink(join(directory, 'nowhere'))).toBe('../../nowhere');
  });
});

describe('a source that comes only later', () => {
  it('is waited for, with a sentence, and taken up when it is there', async () => {
    const root = await temporaryDirectory();
    const source = join(root, 'code');
    const { log, untilCurrent } = await follow({ source, state: join(root, 'state') });
    await until(() => log.join('').includes('Waiting for code'));
    const code = new CodeVolume(source);
    await untilCurrent(await code.push({}));
    await untilCurrent(await code.push({}));
    expect(log.filter((line) => line.includes('Waiting for code'))).toHaveLength(1);
  });

  it('may be a plain directory that is filled step by step', async () => {
    const root = await temporaryDirectory();
    const source = join(root, 'scripts');
    const { follower, log } = await follow({ source, state: join(root, 'state') });
    await until(() => log.join('').includes('Waiting for code'));
    await writeTree(source, { 'a.js': '' });
    await writeTree(source, { 'app/crontab.txt': CRONTAB });
    await until(() => follower.current !== null);
    const first = follower.current;
    await writeFile(join(source, 'a.js'), 'changed');
    await until(() => follower.current !== first);
    expect(await readdir(follower.current?.directory ?? '')).toEqual(['a.js', 'app']);
  });

  it('is found by the poll where the file system sends no events', async () => {
    const root = await temporaryDirectory();
    const code = new CodeVolume(join(root, 'real'));
    const first = await code.push({});
    // Events of a directory behind a link are not asked for.
    const source = join(root, 'elsewhere');
    await symlink(code.directory, source);
    const { follower, untilCurrent } = await follow({
      source,
      state: join(root, 'state'),
      change: { pollMs: 50 },
    });
    await untilCurrent(first);
    const second = await code.push({});
    await untilCurrent(second);
    expect(follower.current?.name.revision).toBe(second);
  });
});

async function modeOf(path: string): Promise<string> {
  return ((await lstat(path)).mode & 0o777).toString(8);
}

describe('a published tree', () => {
  it('is read-only, its copy is the supervisor’s to delete', async () => {
    const root = await temporaryDirectory();
    const code = new CodeVolume(join(root, 'code'));
    const revision = await code.push({ 'deep/er/a.js': '' });
    const { follower, untilCurrent } = await follow({
      source: code.directory,
      state: join(root, 'state'),
    });
    await untilCurrent(revision);
    const { directory = '' } = follower.current ?? {};
    expect(await modeOf(join(code.directory, 'revisions', revision, 'deep'))).toBe('555');
    expect(await modeOf(join(directory, 'deep/er'))).toBe('755');
    expect(await modeOf(join(directory, 'deep/er/a.js'))).toBe('644');
    await rm(directory, { recursive: true });
  });
});
