import { z } from 'zod';
import type { FileContent } from '../content-hash.ts';
import { refuseMergeMarks, someOf, unreadLockfile } from './lockfile-error.ts';
import type { NodeManifest } from './node-manifest.ts';

/** Of npm 7 and newer `packages`, by path; before that `dependencies`, by name. */
const schema = z.object({
  lockfileVersion: z.number().min(1),
  packages: z.record(z.string(), z.unknown()).optional(),
  dependencies: z.record(z.string(), z.unknown()).optional(),
});

/**
 * What `npm ci` refuses, as far as it can be seen without a registry: so that `check` says it
 * before the push.
 *
 * @throws CodedError GITCRON_E_LOCKFILE
 */
export function refuseOutdatedNpm(lockfile: FileContent, manifest: NodeManifest): void {
  const { path } = lockfile;
  refuseMergeMarks(lockfile, 'npm install');
  const lock = parse(lockfile);
  if (lock === null) {
    throw unreadLockfile(
      path,
      `${path} is no lockfile of npm.`,
      `Make it anew (rm ${path} && npm install), commit it, and push again.`,
    );
  }
  const asked = Object.keys({ ...manifest.devDependencies, ...manifest.dependencies });
  const mandatory = asked.filter((name) => manifest.optionalDependencies[name] === undefined);
  const missing = mandatory.filter((name) =>
    lock.packages === undefined
      ? lock.dependencies?.[name] === undefined
      : lock.packages[`node_modules/${name}`] === undefined,
  );
  if (missing.length === 0) return;
  throw unreadLockfile(
    path,
    `${path} does not name what package.json asks for: ${someOf(missing)}.`,
    `Run npm install, commit ${path}, and push again.`,
  );
}

function parse({ bytes }: FileContent): z.output<typeof schema> | null {
  try {
    return schema.parse(JSON.parse(new TextDecoder('utf-8').decode(bytes)));
  } catch {
    return null;
  }
}
