import { dirname, join, normalize, relative } from 'node:path';
import type { FileContent } from '../content-hash.ts';
import { readIfPresent } from '../repository-file.ts';
import { unreadLockfile } from './lockfile-error.ts';
import { parseNodeManifest } from './node-manifest.ts';
import { workspaceMembers } from './workspace-members.ts';

/**
 * A member of a workspace has no lockfile of its own: installed alone, it would get the newest of
 * everything.
 *
 * @param lockfiles their names
 * @throws CodedError GITCRON_E_LOCKFILE where a directory above holds the lockfile of this one
 */
export async function refuseMemberAlone(
  release: string,
  directory: string,
  lockfiles: readonly string[],
): Promise<void> {
  for (let above = normalize(directory); above !== '.' && above !== '/';) {
    above = dirname(above);
    const [lockfile] = await readIfPresent(release, above, lockfiles);
    if (lockfile === undefined) continue;
    if (!(await isMember(release, above, normalize(directory), lockfile))) continue;
    throw unreadLockfile(
      lockfile.path,
      `${join(directory, 'package.json')} belongs to a workspace, and ${lockfile.path} says what is installed for it.`,
      `Set PACKAGE_FILE to ${join(above, 'package.json')}: its install gives ${directory} what it asks for, too.`,
    );
  }
}

async function isMember(
  release: string,
  above: string,
  directory: string,
  lockfile: FileContent,
): Promise<boolean> {
  const [root] = await readIfPresent(release, above, ['package.json']);
  if (root !== undefined) {
    const members = await workspaceMembers(release, above, parseNodeManifest(root));
    if (members.some((member) => normalize(member.directory) === directory)) return true;
  }
  // pnpm names its members in a file of its own; the lockfile has them below `importers`.
  const importer = `  ${relative(above, directory)}:`;
  const [workspace] = await readIfPresent(release, above, ['pnpm-workspace.yaml']);
  const text = Buffer.from(lockfile.bytes).toString('utf8');
  return workspace !== undefined && text.split(/\r?\n/).includes(importer);
}
