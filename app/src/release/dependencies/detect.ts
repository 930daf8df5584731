import { dirname, join } from 'node:path';
import { CodedError } from '@gitcron/base/coded-error';
import type { DependencyRequest } from './dependency-manager.ts';
import { npm } from './npm.ts';
import { pnpm } from './pnpm.ts';
import { venv } from './venv.ts';

/** Every dependency manager, asked in this order. A repository may need several. */
const DEPENDENCY_MANAGERS = [pnpm, npm, venv];

/**
 * What has to be installed for the code in `release`.
 * @throws CodedError when PACKAGE_FILE names something that is not there, or is not valid.
 */
export async function detectDependencies(
  release: string,
  packageFile: string,
): Promise<DependencyRequest[]> {
  const requests: DependencyRequest[] = [];
  for (const manager of DEPENDENCY_MANAGERS) {
    const request = await manager.detect(release, packageFile);
    if (request !== null) requests.push(request);
  }
  // A repository without dependencies is fine, unless somebody has said where they are.
  if (requests.length === 0 && packageFile !== 'package.json') {
    throw new CodedError('GITCRON_E_NO_MANIFEST', `There is no ${packageFile} in the repository.`, {
      place: packageFile,
      hint: 'Commit the file, or set PACKAGE_FILE to where it is; unset it if there are no dependencies.',
    });
  }
  return requests;
}

/** Every file that decides what is installed, whether it is there or not. */
export function dependencyFiles(packageFile: string): string[] {
  const names = DEPENDENCY_MANAGERS.flatMap(({ companions }) => companions);
  const beside = names.map((name) => join(dirname(packageFile), name));
  return [...new Set([packageFile, ...beside])];
}

/** What installs leave, and where the commands in it are. */
export function installedProducts(): { product: string; binaries: string }[] {
  const products = new Map(DEPENDENCY_MANAGERS.map(({ product, binaries }) => [product, binaries]));
  return [...products].map(([product, binaries]) => ({ product, binaries }));
}

/** By manager, what its products are built for. */
export type Platforms = Readonly<Record<string, string>>;

export function platformsOf(requests: readonly DependencyRequest[]): Platforms {
  return Object.fromEntries(requests.map(({ manager, platform }) => [manager.name, platform]));
}

/** Whether what was built for these platforms is good here and now. */
export async function isForThisMachine(platforms: Platforms): Promise<boolean> {
  for (const manager of DEPENDENCY_MANAGERS) {
    const platform = platforms[manager.name];
    if (platform !== undefined && platform !== (await manager.platform())) return false;
  }
  return true;
}
