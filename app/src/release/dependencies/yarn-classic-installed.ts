import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { absent } from '@gitcron/base/absence';
import { noFile, readRegularFile } from '@gitcron/base/regular-file';
import type { FileContent } from '../content-hash.ts';
import { someOf, unreadLockfile } from './lockfile-error.ts';
import { parseYarn1 } from './yarn-lockfile.ts';

/**
 * Holds what yarn 1 installed against its lockfile: an entry whose version is not in its own range
 * it passes over, and takes the newest.
 *
 * @throws CodedError GITCRON_E_LOCKFILE
 */
export async function refuseOtherVersions(lockfile: FileContent, directory: string): Promise<void> {
  const locked = new Map<string, Set<string>>();
  for (const { name, version } of parseYarn1(lockfile)) {
    locked.set(name, (locked.get(name) ?? new Set()).add(plain(version)));
  }
  const others: string[] = [];
  for await (const { name, version } of installedIn(join(directory, 'node_modules'))) {
    const versions = locked.get(name);
    if (versions !== undefined && !versions.has(plain(version))) {
      others.push(`${name} ${version} (locked: ${[...versions].join(' and ')})`);
    }
  }
  if (others.length === 0) return;
  const { path } = lockfile;
  throw unreadLockfile(
    path,
    `What yarn installed is not what ${path} says: ${someOf(others)}.`,
    'An entry of the lockfile may have been changed by hand, or a package says another version of itself than its registry. Run yarn install, commit yarn.lock, and push again.',
  );
}

interface Installed {
  /** Of its directory, which is an alias where it has one. */
  readonly name: string;
  readonly version: string;
}

const manifestSchema = z.object({
  version: z.string(),
  bundleDependencies: z.unknown().optional(),
  bundledDependencies: z.unknown().optional(),
});

async function* installedIn(modules: string): AsyncGenerator<Installed> {
  for (const name of await packagesIn(modules)) {
    const directory = join(modules, name);
    const content = await readRegularFile(join(directory, 'package.json')).catch(noFile);
    const manifest = content && parsed(content.toString('utf8'));
    if (manifest !== null) yield { name, version: manifest.version };
    // With what it brings come others, which no lockfile and no manifest names.
    const { bundleDependencies, bundledDependencies } = manifest ?? {};
    const bringsOthers = [bundleDependencies, bundledDependencies].some(isSomething);
    if (!bringsOthers) yield* installedIn(join(directory, 'node_modules'));
  }
}

function isSomething(bundled: unknown): boolean {
  return bundled === true || (Array.isArray(bundled) && bundled.length > 0);
}

/** Links lead to the repository's own packages. */
async function packagesIn(modules: string): Promise<string[]> {
  const names: string[] = [];
  for (const name of await directoriesIn(modules)) {
    if (name.startsWith('.')) continue;
    if (!name.startsWith('@')) names.push(name);
    else
      for (const inner of await directoriesIn(join(modules, name))) names.push(`${name}/${inner}`);
  }
  return names;
}

async function directoriesIn(path: string): Promise<string[]> {
  const entries = (await readdir(path, { withFileTypes: true }).catch(absent)) ?? [];
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

function parsed(text: string): z.output<typeof manifestSchema> | null {
  try {
    return manifestSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

/** `v1.0.0` and `1.0.0+build` are 1.0.0 to a registry (semver, "Build metadata"). */
function plain(version: string): string {
  return version.replace(/^[v=\s]+/, '').replace(/\+.*$/, '');
}
