import { z } from 'zod';
import { CodedError } from '@gitcron/base/coded-error';
import type { FileContent } from '../content-hash.ts';
import { inWords } from './schema-issues.ts';

/** What npm takes for no dependencies at all: null, false, a number, an empty list. */
const dependencyMap = z.preprocess(
  (value) => (isNothing(value) ? {} : value),
  z.record(z.string(), z.string()),
);

function isNothing(value: unknown): boolean {
  return Array.isArray(value) ? value.length === 0 : typeof value !== 'object' || value === null;
}

const manifestSchema = z.looseObject({
  name: z.string().optional().catch(undefined),
  /** Which manager the repository is made with: `pnpm@9.1.0+sha512.…`. */
  packageManager: z.string().optional().catch(undefined),
  workspaces: z.unknown().optional(),
  scripts: z.record(z.string(), z.unknown()).catch({}),
  dependencies: dependencyMap,
  devDependencies: dependencyMap,
  optionalDependencies: dependencyMap,
  overrides: z.unknown().optional(),
  /** Of yarn: instead of what packages ask for. */
  resolutions: z.record(z.string(), z.unknown()).catch({}),
  patchedDependencies: z.unknown().optional(),
  pnpm: z
    .looseObject({ patchedDependencies: z.unknown().optional(), overrides: z.unknown().optional() })
    .optional()
    .catch(undefined),
});

export type NodeManifest = z.output<typeof manifestSchema>;

/** @throws CodedError when the manifest is no JSON object of npm's shape. */
export function parseNodeManifest(file: FileContent): NodeManifest {
  try {
    const manifest: unknown = JSON.parse(textOf(file));
    refuseDeepNesting(manifest);
    return manifestSchema.parse(manifest);
  } catch (error) {
    throw new CodedError('GITCRON_E_MANIFEST', `${file.path} is not a valid package manifest.`, {
      place: file.path,
      hint: 'Mend its JSON (npm pkg fix shows what npm makes of it) and push again.',
      cause: error instanceof z.ZodError ? new Error(inWords(error)) : error,
    });
  }
}

/** npm and pnpm pass over a byte order mark, which Windows' editors write. */
function textOf({ bytes }: FileContent): string {
  return new TextDecoder('utf-8').decode(bytes);
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

/** Paths of the repository, which no lockfile and no registry answers for. */
export function isLocal(specification: string): boolean {
  return LOCAL.test(specification);
}

/** Whether installing reads or runs the repository's own files, and so must happen inside the release. */
export function needsCode(manifest: NodeManifest): boolean {
  const { dependencies, devDependencies, optionalDependencies, overrides, resolutions, pnpm } =
    manifest;
  const specifications = stringsIn([
    dependencies,
    devDependencies,
    optionalDependencies,
    overrides,
    resolutions,
    pnpm?.overrides,
  ]);
  return (
    (manifest.workspaces ?? null) !== null ||
    manifest.patchedDependencies !== undefined ||
    pnpm?.patchedDependencies !== undefined ||
    INSTALL_SCRIPTS.some((script) => typeof manifest.scripts[script] === 'string') ||
    specifications.some(isLocal)
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
