import { access, chmod, mkdir, mkdtemp, rename, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { CodedError } from '../../errors.ts';
import { checksumLines, sha256 } from '../content-hash.ts';
import { deleteTree } from '../ownership.ts';
import { isAbsence } from '../revision.ts';
import { UNFINISHED, type StateVolume } from '../state-volume.ts';
import type { DependencyRequest } from './dependency-manager.ts';
import { runInstall, type InstallOptions } from './run-install.ts';

/**
 * The name under which a set of dependencies is kept: the manager and the contents of its files,
 * and what a native module is built for.
 */
export function dependencyHash(request: DependencyRequest): string {
  const built = `${process.platform} ${process.arch} node-abi-${process.versions.modules}`;
  return sha256(`${request.manager.name} ${built}\n${checksumLines(request.files)}`);
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
  const hash = dependencyHash(request);
  const place = join(volume.dependencies, hash);
  await mkdir(volume.dependencies, { recursive: true });
  const building = await mkdtemp(join(volume.dependencies, UNFINISHED));
  try {
    for (const { path, bytes } of request.files) {
      await writeFile(join(building, basename(path)), bytes);
    }
    await runInstall(request, building, options, signal);
    const product = join(building, request.manager.product);
    // A manifest without a single dependency leaves no directory behind.
    await mkdir(product, { recursive: true });
    await request.manager.relocate?.(product, join(place, request.manager.product));
    // mkdtemp keeps others out; jobs must get in.
    await chmod(building, 0o755);
    await rename(building, place);
  } catch (error) {
    await deleteTree(building, options.user);
    throw error;
  }
}

/** Links an installed set into a release, beside its manifest. */
export async function linkSet(
  volume: StateVolume,
  request: DependencyRequest,
  release: { readonly building: string; readonly final: string },
): Promise<void> {
  const { product } = request.manager;
  const link = join(release.building, request.directory, product);
  const finalLink = join(release.final, request.directory, product);
  const target = join(volume.dependencies, dependencyHash(request), product);
  try {
    // Relative to where the release will be, so that the whole state volume can be moved.
    await symlink(relative(dirname(finalLink), target), link);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    throw new CodedError(
      'GITCRON_E_PRODUCT_COMMITTED',
      `The repository itself contains ${product}, which Gitcron installs.`,
      {
        place: join(request.directory, product),
        hint: `Remove it from the repository (git rm -r --cached ${product}), name it in .gitignore, and push again.`,
        cause: error,
      },
    );
  }
}
