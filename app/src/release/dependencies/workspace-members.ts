import { glob } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { readIfPresent } from '../repository-file.ts';
import { parseNodeManifest, type NodeManifest } from './node-manifest.ts';

export interface WorkspaceMember {
  /** Relative to the repository. */
  readonly directory: string;
  readonly manifest: NodeManifest;
}

/** `["packages/*"]`, or with more to say `{"packages": ["packages/*"]}` (yarn 1, "Workspaces"). */
const workspaces = z
  .union([
    z.array(z.string()),
    z.looseObject({ packages: z.array(z.string()) }).transform(({ packages }) => packages),
  ])
  .catch([]);

/** The packages of the repository that the package.json in `directory` names as its workspace. */
export async function workspaceMembers(
  release: string,
  directory: string,
  root: NodeManifest,
): Promise<WorkspaceMember[]> {
  const patterns = workspaces
    .parse(root.workspaces)
    .filter((pattern) => !pattern.startsWith('!'))
    .map((pattern) => join(directory, pattern, 'package.json'));
  const paths = glob(patterns, { cwd: release, exclude: ['**/node_modules', '.git'] });
  const found: WorkspaceMember[] = [];
  for await (const path of paths) {
    const [file] = await readIfPresent(release, dirname(path), ['package.json']);
    if (file !== undefined) {
      found.push({ directory: dirname(path), manifest: parseNodeManifest(file) });
    }
  }
  return found;
}
