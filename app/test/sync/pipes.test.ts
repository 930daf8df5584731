import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, it, vi } from 'vitest';
import { putPipe } from '../../../base/test/named-pipe.ts';
import { temporaryDirectory } from '../../../base/test/temporary-directory.ts';
import { until } from '../../../base/test/until.ts';
import { copyTree } from '../../src/release/copy-tree.ts';
import { changesBeside } from '../../src/sync/changes.ts';
import { readRevision } from '../../src/sync/revision.ts';
import { readSyncStatus } from '../../src/sync/sync-status.ts';
import { CodeVolume, writeTree } from '../release/support/code-volume.ts';
import { follow } from '../release/support/following.ts';

// Commands are processes that take half a second of CPU each.
vi.setConfig({ testTimeout: 60_000 });

const CRON_FILE = 'app/crontab.txt';
const GITCRON = join(import.meta.dirname, '../../bin/gitcron.js');

it('pipes beside a published tree say nothing of it, and its jobs run', async () => {
  const root = await temporaryDirectory();
  const code = new CodeVolume(join(root, 'code'));
  const hash = await code.push({});
  for (const name of [`revisions/${hash}.json`, `revisions/${hash}.changes.json`, 'status.json']) {
    putPipe(join(code.directory, name));
  }
  const source = { directory: code.directory, cronFile: CRON_FILE };
  expect(await readRevision(source)).toMatchObject({ id: hash, subject: '', repository: null });
  expect(await readSyncStatus(code.directory)).toBe(null);
  expect(await changesBeside(source, hash)).toBe(null);
  const { untilCurrent } = await follow({ source: code.directory, state: join(root, 'state') });
  await untilCurrent(hash);
});

it.each([CRON_FILE, 'package.json', 'package-lock.json', 'requirements.txt'])(
  'a plain directory with a pipe as %s is taken up when it is a file',
  async (name) => {
    const root = await temporaryDirectory();
    const source = join(root, 'scripts');
    const files = {
      [CRON_FILE]: '* * * * * echo hello\n',
      'package.json': '{"name":"scripts","version":"1.0.0"}',
    };
    await writeTree(source, files);
    putPipe(join(source, name));
    const { follower, events } = await follow({ source, state: join(root, 'state') });
    await until(() => follower.current !== null || events('revision_rejected').length > 0);
    await rm(join(source, name));
    await writeTree(source, { [CRON_FILE]: '* * * * * echo mended\n' });
    const shown = await readRevision({ directory: source, cronFile: CRON_FILE });
    await until(() => follower.current?.name.revision === shown?.id);
    expect(follower.rejected).toBe(null);
  },
);

it('pipes and sockets of a tree are not copied', async () => {
  const root = await temporaryDirectory();
  await writeTree(join(root, 'from'), { 'kept/a': '1', b: 'x'.repeat(200_000) });
  for (const name of ['pipe', 'kept/pipe']) putPipe(join(root, 'from', name));
  await mkdir(join(root, 'to'));
  await copyTree(join(root, 'from'), join(root, 'to'), new Set(), new AbortController().signal);
  const { stdout } = await execa('find', ['.', '-mindepth', '1'], { cwd: join(root, 'to') });
  expect(stdout.split('\n').toSorted()).toEqual(['./b', './kept', './kept/a']);
});

it.each([
  [CRON_FILE, 66, `Cannot read `],
  ['package.json', 65, 'is not a regular file'],
])('gitcron check of a directory with a pipe as %s says so', async (name, status, sentence) => {
  const source = await temporaryDirectory();
  await writeTree(source, { [CRON_FILE]: '* * * * * echo hello\n' });
  putPipe(join(source, name));
  const checked = await execa(process.execPath, [GITCRON, 'check', source], { reject: false });
  expect(checked.exitCode).toBe(status);
  expect(`${checked.stdout}${checked.stderr}`).toContain(sentence);
});

it('gitcron check reads a pipe that it is given', async () => {
  const checked = await execa(
    'bash',
    ['-c', `"$1" "$2" check <(echo '* * * * * echo hello')`, 'bash', process.execPath, GITCRON],
    { reject: false },
  );
  expect(checked).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('echo hello') });
});
