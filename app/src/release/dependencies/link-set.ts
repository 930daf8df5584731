import { lstat, realpath, symlink } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { CodedError } from '@gitcron/base/coded-error';
import { isAbsence } from '@gitcron/base/absence';
import type { StateVolume } from '../state-volume.ts';
import type { DependencyRequest } from './dependency-manager.ts';
import { dependencyHash } from './dependency-set.ts';

/** Links an installed set into a release that is being built, beside its manifest. */
export async function linkSet(
  volume: StateVolume,
  request: DependencyRequest,
  building: string,
): Promise<void> {
  const { product } = request.manager;
  // The manifest's directory may itself be a link to another one of the repository.
  const [release, directory] = await Promise.all([
    realpath(building),
    realpath(join(building, request.directory)),
  ]);
  // Relative to where the release will be, so that the whole state volume can be moved.
  const final = join(volume.releases, 'revision', relative(release, directory));
  const target = join(volume.dependencies, dependencyHash(request), product);
  await symlink(relative(final, target), join(directory, product));
}

/** @throws CodedError when what would be installed is in the repository already. */
export async function refuseCommittedProduct(
  building: string,
  request: DependencyRequest,
): Promise<void> {
  const { product } = request.manager;
  const path = join(request.directory, product);
  try {
    await lstat(join(building, path));
  } catch (error) {
    if (isAbsence(error)) return;
    throw error;
  }
  throw new CodedError(
    'GITCRON_E_PRODUCT_COMMITTED',
    `The repository itself contains ${path}, which Gitcron installs.`,
    {
      place: path,
      hint: `Remove it from the repository (git rm -r --cached ${path}), name it in .gitignore, and push again.`,
    },
  );
}
