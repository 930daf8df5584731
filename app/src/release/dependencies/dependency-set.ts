import { access, chmod, mkdir, mkdtemp, rename, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { isAbsence } from '@gitcron/base/absence';
import { checksumLines, sha256 } from '../content-hash.ts';
import { deleteTree } from '../ownership.ts';
import { UNFINISHED, type StateVolume } from '../state-volume.ts';
import type { DependencyRequest } from './dependency-manager.ts';
import { runInstall, type InstallOptions } from './run-install.ts';

/**
 * The name under which a set of dependencies is kept: the manager, the contents of its files and
 * the machine it is built for.
 */
export function dependencyHash({ manager, platform, files }: DependencyRequest): string {
  return sha256(`${manager.name} ${platform}\n${checksumLines(files)}`);
}

export async function isInstalled(volume: StateVolume, hash: string): Promise<boolean> {
  try {
    await access(join(volume.dependencies, hash));
    return true;
  } catch (error) {
    if (isAbsence(error)) return false;
    throw error;
  }
}

/**
 * Installs a set into `deps/<hash>`. It is built beside its place and renamed into it, so a set
 * that is there is whole, however the install ended.
 */
export async function installSet(
  volume: StateVolume,
  request: DependencyRequest,
  options: InstallOptions,
  signal: AbortSignal,
): Promise<void> {
  const place = join(volume.dependencies, dependencyHash(request));
  const building = await mkdtemp(join(volume.dependencies, UNFINISHED));
  try {
    // mkdtemp keeps others out; the user who installs, and later jobs, must get in.
    await chmod(building, 0o755);
    for (const { path, bytes } of request.files) {
      await writeFile(join(building, basename(path)), bytes);
    }
    await runInstall(volume, request, building, options, signal);
    await request.manager.relocate?.(building, place);
    // A manifest without a single dependency leaves no directory behind.
    await mkdir(join(building, request.manager.product), { recursive: true });
    await rename(building, place);
  } catch (error) {
    await deleteTree(building);
    throw error;
  }
}
