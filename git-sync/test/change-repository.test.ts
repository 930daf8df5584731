import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { createOrigin } from '../../base/test/origin.ts';
import { startTestSync, told } from './support/sync.ts';
import { temporaryDirectory } from '../../base/test/temporary-directory.ts';

const recordSchema = z.looseObject({ repository: z.string().nullable() });

async function read(path: string) {
  return recordSchema.parse(JSON.parse(await readFile(path, 'utf8')));
}

async function twoRepositories() {
  const directory = await temporaryDirectory();
  const one = await createOrigin(join(directory, 'one'));
  const two = await createOrigin(join(directory, 'two'));
  const hash = await one.commit({ 'a.txt': 'one' });
  const root = join(directory, 'root');
  const first = await startTestSync(root, { GIT_SYNC_REPO: one.path });
  expect(told(await first.first)).toBe(hash);
  await first.stop();
  const record = join(root, 'revisions', `${hash}.json`);
  return { one, two, hash, root, record };
}

it('shows nothing of the repository before while the new one cannot be had, and all of it again when it is back', async () => {
  const { one, two, hash, root, record } = await twoRepositories();
  expect(await read(record)).toMatchObject({ hash, repository: one.path });

  await rename(two.path, `${two.path}-away`);
  const away = await startTestSync(root, { GIT_SYNC_REPO: two.path });
  expect(told(await away.first)).toBe('GITCRON_E_REMOTE_FAILED');
  await expect(away.current()).rejects.toMatchObject({ code: 'ENOENT' });
  expect(await read(join(root, 'status.json'))).toMatchObject({
    repository: two.path,
    current: null,
  });
  // A link that is missing is put back on a revision, but not on this one.
  await away.syncNow();
  await expect(away.current()).rejects.toMatchObject({ code: 'ENOENT' });
  await away.stop();

  await rename(one.path, `${one.path}-away`);
  const back = await startTestSync(root, { GIT_SYNC_REPO: one.path });
  await back.first;
  expect(await back.current()).toBe(hash);
});

it('goes on with what it shows when only the way to the repository is another', async () => {
  const { one, hash, root } = await twoRepositories();
  await rename(one.path, `${one.path}-away`);
  const sync = await startTestSync(root, { GIT_SYNC_REPO: `file://${one.path}.git/` });
  expect(told(await sync.first)).toBe('GITCRON_E_REMOTE_FAILED');
  expect(await sync.current()).toBe(hash);
});

it('knows by status.json whose a record is that does not say so', async () => {
  const { one, two, hash, root, record } = await twoRepositories();
  const { repository, ...before } = await read(record);
  expect(repository).toBe(one.path);
  await rm(record);
  await writeFile(record, JSON.stringify(before));
  const other = await two.commit({ 'a.txt': 'two' });
  const sync = await startTestSync(root, { GIT_SYNC_REPO: two.path });
  expect(told(await sync.first)).toBe(other);
  expect(await read(record)).toMatchObject({ hash, repository: one.path });
});

it('takes a commit that both have for its own', async () => {
  const { one, hash, root, record } = await twoRepositories();
  await one.git('clone', '--quiet', '.', `${one.path}-fork`);
  const sync = await startTestSync(root, { GIT_SYNC_REPO: `${one.path}-fork` });
  expect(told(await sync.first)).toBe(hash);
  expect(await read(record)).toMatchObject({ repository: `${one.path}-fork` });
});
