import type { FileContent } from '../content-hash.ts';
import { refuseMergeMarks, someOf, unreadLockfile } from './lockfile-error.ts';
import { isLocal, type NodeManifest } from './node-manifest.ts';
import { workspaceMembers } from './workspace-members.ts';
import { nameOf, parseYarn1 } from './yarn-lockfile.ts';

/**
 * What is asked for and not named by a lockfile of yarn 1, yarn takes the newest of: with
 * `--frozen-lockfile` it refuses what the root asks for, and nothing that a member of the
 * workspace or a package does.
 *
 * @throws CodedError GITCRON_E_LOCKFILE
 */
export async function refuseGaps(
  release: string,
  directory: string,
  lockfile: FileContent,
  root: NodeManifest,
): Promise<void> {
  const { path } = lockfile;
  refuseMergeMarks(lockfile, 'yarn install');
  const members = await workspaceMembers(release, directory, root);
  const manifests = [root, ...members.map(({ manifest }) => manifest)];
  const locked = parseYarn1(lockfile);
  const named = new Set(locked.flatMap(({ patterns }) => patterns));
  const elsewhere = answeredElsewhere(root, manifests);
  const missing = [...manifests.flatMap(patternsOf), ...locked.flatMap(({ asksFor }) => asksFor)]
    .filter((pattern) => !named.has(pattern))
    .filter((pattern) => !elsewhere.has(nameOf(pattern)));
  if (missing.length === 0) return;
  throw unreadLockfile(
    path,
    `${path} does not name what package.json, or a package in it, asks for: ${someOf(missing)}.`,
    'Run yarn install, commit yarn.lock, and push again.',
  );
}

/** Names whose ranges are not looked up: members of the workspace, and what `resolutions` decides. */
function answeredElsewhere(root: NodeManifest, manifests: readonly NodeManifest[]): Set<string> {
  const members = manifests.flatMap(({ name }) => name ?? []);
  // `**/a/@b/c`: the package at the end of a path.
  const resolved = Object.keys(root.resolutions).map(
    (path) => /(?:^|\/)((?:@[^/]+\/)?[^/]+)$/.exec(path)?.[1] ?? path,
  );
  return new Set([...members, ...resolved]);
}

function patternsOf(manifest: NodeManifest): string[] {
  return [manifest.dependencies, manifest.devDependencies, manifest.optionalDependencies]
    .flatMap((dependencies) => Object.entries(dependencies))
    .filter(([, range]) => !isLocal(range))
    .map(([name, range]) => `${name}@${range}`);
}
