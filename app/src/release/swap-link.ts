import { lstat, rename, rm, symlink } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { absent } from '@gitcron/base/absence';
import { UNFINISHED } from './state-volume.ts';

/** Makes `link` point to `target`, relative to its own place, in one step: nobody sees it missing. */
export async function swapLink(link: string, target: string): Promise<void> {
  const fresh = join(dirname(link), `${UNFINISHED}link-${process.pid}`);
  await rm(fresh, { force: true });
  await symlink(relative(dirname(link), target), fresh);
  await clearDirectory(link);
  await rename(fresh, link);
}

/** A volume that was copied may have the tree itself where its link was; the next start deletes it. */
async function clearDirectory(link: string): Promise<void> {
  const found = await lstat(link).catch(absent);
  if (found?.isDirectory() !== true) return;
  await rename(link, join(dirname(link), `${UNFINISHED}instead-of-link-${Date.now()}`));
}
