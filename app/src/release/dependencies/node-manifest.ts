import { z } from 'zod';
import { CodedError } from '@gitcron/base/coded-error';
import type { FileContent } from '../content-hash.ts';

const dependencyMap = z.record(z.string(), z.string()).default({});

const manifestSchema = z.looseObject({
  workspaces: z.unknown().optional(),
  scripts: z.record(z.string(), z.string()).default({}),
  dependencies: dependencyMap,
  devDependencies: dependencyMap,
  optionalDependencies: dependencyMap,
  overrides: z.unknown().optional(),
  patchedDependencies: z.unknown().optional(),
  pnpm: z
    .looseObject({ patchedDependencies: z.unknown().optional(), overrides: z.unknown().optional() })
    .optional(),
});

export type NodeManifest = z.output<typeof manifestSchema>;

/** @throws CodedError when the manifest is no JSON object of npm's shape. */
export function parseNodeManifest(file: FileContent): NodeManifest {
  try {
    const manifest: unknown = JSON.parse(Buffer.from(file.bytes).toString('utf8'));
    refuseDeepNesting(manifest);
    return manifestSchema.parse(manifest);
  } catch (error) {
    throw new CodedError('GITCRON_E_MANIFEST', `${file.path} is not a valid package manifest.`, {
      place: file.path,
      hint: 'Mend its JSON (npm pkg fix shows what npm makes of it) and push again.',
      cause: error,
    });
  }
}

/** The names a manifest asks for. */
export function dependencyNames(manifest: NodeManifest): string[] {
  return Object.keys({
    ...manifest.dependencies,
    ...manifest.devDependencies,
    ...manifest.optionalDependencies,
  });
}

/** Scripts of the project itself that an install runs: npm-scripts(7), and pnpm's own first. */
const INSTALL_SCRIPTS = [
  'pnpm:devPreinstall',
  'preinstall',
  'install',
  'postinstall',
  'prepublish',
  'preprepare',
  'prepare',
  'postprepare',
  'predependencies',
  'dependencies',
  'postdependencies',
];

/** Paths of the repository, as package.json(5) and npm-package-arg tell them from other names. */
const LOCAL = /^(file:|link:|workspace:|[./]|~\/|[^:]*\.(tgz|tar|tar\.gz)$)/i;

/** Whether installing reads or runs the repository's own files, and so must happen inside the release. */
export function needsCode(manifest: NodeManifest): boolean {
  const { dependencies, devDependencies, optionalDependencies, overrides, pnpm } = manifest;
  const specifications = stringsIn([
    dependencies,
    devDependencies,
    optionalDependencies,
    overrides,
    pnpm?.overrides,
  ]);
  return (
    manifest.workspaces !== undefined ||
    manifest.patchedDependencies !== undefined ||
    pnpm?.patchedDependencies !== undefined ||
    INSTALL_SCRIPTS.some((script) => manifest.scripts[script] !== undefined) ||
    specifications.some((specification) => LOCAL.test(specification))
  );
}

/** Overrides may be nested (package.json(5)). */
function stringsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(stringsIn) : [];
}

/** Nobody's overrides are nested so deep; what walks through them would use up its stack. */
const MAX_DEPTH = 100;

function refuseDeepNesting(manifest: unknown): void {
  let level = [manifest];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > MAX_DEPTH) throw new RangeError(`It is nested more than ${MAX_DEPTH} levels deep.`);
    level = level.flatMap((value) =>
      typeof value === 'object' && value !== null ? Object.values(value) : [],
    );
  }
}
