import { rename, rm, symlink } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { UNFINISHED } from './state-volume.ts';

/** Makes `link` point to `target`, relative to its own place, in one step: nobody sees it missing. */
export async function swapLink(link: string, target: string): Promise<void> {
  const fresh = join(dirname(link), `${UNFINISHED}link-${process.pid}`);
  await rm(fresh, { force: true });
  await symlink(relative(dirname(link), target), fresh);
  await rename(fresh, link);
}
