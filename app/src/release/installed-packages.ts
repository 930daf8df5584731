import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { absent } from '@gitcron/base/absence';
import { noFile, readRegularFile } from '@gitcron/base/regular-file';
import type { InstalledPackage } from '../api/plan.ts';
import type { Release } from './release.ts';

/** What lies deeper than this in `node_modules` was put there to keep somebody busy. */
const DEEPEST = 12;

/** More than any install has; what is beyond is not looked at. */
const MOST = 20_000;

type Found = Pick<InstalledPackage, 'language' | 'name'> & { readonly version: string };

/** The packages of a release as they are installed, whatever its lockfile says. */
export async function installedPackages({
  directory,
  description,
}: Pick<Release, 'directory' | 'description'>): Promise<InstalledPackage[]> {
  const found: Found[] = [];
  for (const binaries of description.binaries) {
    const product = dirname(join(directory, binaries));
    if (basename(product) === 'node_modules') await findNode(product, found, 0);
    else await findPython(product, found);
  }
  return groupVersions(found);
}

const hiddenLockfile = z.object({
  packages: z.record(z.string(), z.object({ name: z.string().optional(), version: z.string() })),
});
const manifest = z.object({ name: z.string(), version: z.string() });

/** npm lists what it installed (npm-shrinkwrap, "Hidden Lockfiles"); of the others every manifest is read. */
async function findNode(modules: string, found: Found[], depth: number): Promise<void> {
  if (depth === 0) {
    const listed = await readJson(join(modules, '.package-lock.json'), hiddenLockfile);
    if (listed !== null) {
      for (const [path, { name, version }] of Object.entries(listed.packages)) {
        const last = path.split('node_modules/').at(-1) ?? path;
        found.push({ language: 'node', name: name ?? last, version });
      }
      return;
    }
    // pnpm's packages, each in a `node_modules` of its own; those above are links to them.
    for (const entry of await directoriesIn(join(modules, '.pnpm'))) {
      await findNode(join(modules, '.pnpm', entry, 'node_modules'), found, 1);
    }
  }
  for (const name of await directoriesIn(modules)) {
    if (found.length >= MOST || depth > DEEPEST) return;
    if (name.startsWith('.')) continue;
    const scoped = name.startsWith('@') ? await directoriesIn(join(modules, name)) : [''];
    for (const inner of scoped) {
      const directory = join(modules, name, inner);
      const known = await readJson(join(directory, 'package.json'), manifest);
      if (known !== null) found.push({ language: 'node', ...known });
      await findNode(join(directory, 'node_modules'), found, depth + 1);
    }
  }
}

/** `NAME-VERSION.dist-info` ("Recording installed projects", Python Packaging User Guide). */
async function findPython(venv: string, found: Found[]): Promise<void> {
  for (const python of await directoriesIn(join(venv, 'lib'))) {
    for (const entry of await directoriesIn(join(venv, 'lib', python, 'site-packages'))) {
      const [, name, version] = /^(.+)-([^-]+)\.dist-info$/.exec(entry) ?? [];
      if (name === undefined || version === undefined || found.length >= MOST) continue;
      const normal = name.toLowerCase().replaceAll(/[-_.]+/g, '-');
      found.push({ language: 'python', name: normal, version });
    }
  }
}

function groupVersions(found: readonly Found[]): InstalledPackage[] {
  const groups = new Map<string, { one: Found; versions: Set<string> }>();
  for (const one of found) {
    const key = `${one.language} ${one.name}`;
    const group = groups.get(key) ?? { one, versions: new Set() };
    groups.set(key, group);
    group.versions.add(one.version);
  }
  return [...groups]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(
      ([
        ,
        {
          one: { language, name },
          versions,
        },
      ]) => ({
        language,
        name,
        versions: [...versions].toSorted(),
      }),
    );
}

/** Real ones only: what a link leads to is found where it is. */
async function directoriesIn(path: string): Promise<string[]> {
  const entries = (await readdir(path, { withFileTypes: true }).catch(absent)) ?? [];
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

async function readJson<Schema extends z.ZodType>(
  path: string,
  schema: Schema,
): Promise<z.output<Schema> | null> {
  const content = await readRegularFile(path).catch(noFile);
  if (content === null) return null;
  try {
    return schema.parse(JSON.parse(content.toString('utf8')));
  } catch {
    return null;
  }
}
