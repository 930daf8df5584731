import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createStateVolume, stateVolume } from '../../src/release/state-volume.ts';
import { removeUnfinished } from '../../src/release/sweep.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'gitcron-sweep-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

it('deletes every file that was about to take the place of another, and no other', async () => {
  const volume = stateVolume(root);
  await createStateVolume(volume);
  const files = [
    'access.json',
    'acknowledged.json',
    'crontab.runtime.txt',
    'crontab.sha256',
    'handled-slots.json',
    'heartbeat.json',
    'idempotency-keys.jsonl',
    'job-switches.json',
    'package.sha256',
    'pin.json',
    'running.json',
  ];
  const before = [...(await readdir(root)), ...files].toSorted();
  for (const name of files) {
    await writeFile(join(root, name), 'whole');
    await writeFile(join(root, `${name}.4294967295`), 'ha');
  }
  await removeUnfinished(volume);
  expect((await readdir(root)).toSorted()).toEqual(before);
});
