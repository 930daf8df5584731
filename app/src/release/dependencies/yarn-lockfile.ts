import type { FileContent } from '../content-hash.ts';
import { isLocal, type NodeManifest } from './node-manifest.ts';

/** Since yarn 2 a lockfile says its own version, and is of a form that only yarn reads. */
export function isOfYarn2({ bytes }: FileContent): boolean {
  return /^__metadata:/m.test(Buffer.from(bytes).toString('utf8'));
}

/**
 * What a manifest asks for and a lockfile of yarn 1 does not name, as `name@range`. Without an
 * entry npm would take whatever is the newest.
 */
export function missingInYarn1(lockfile: FileContent, manifest: NodeManifest): string[] {
  // Its members ask for more, and for each other.
  if ((manifest.workspaces ?? null) !== null) return [];
  const named = patternsIn(Buffer.from(lockfile.bytes).toString('utf8'));
  return [manifest.dependencies, manifest.devDependencies, manifest.optionalDependencies]
    .flatMap((dependencies) => Object.entries(dependencies))
    .filter(([, range]) => !isLocal(range))
    .map(([name, range]) => `${name}@${range}`)
    .filter((pattern) => !named.has(pattern));
}

/** The heads of its entries: `"@a/b@^1", "@a/b@^1.2":` at the beginning of a line. */
function patternsIn(text: string): Set<string> {
  const heads = text.split(/\r?\n/).filter((line) => /^[^\s#].*:$/.test(line));
  const patterns = heads.flatMap((head) => head.slice(0, -1).split(', '));
  return new Set(patterns.map((pattern) => pattern.replaceAll(/^"|"$/g, '')));
}
