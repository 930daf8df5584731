import { basename } from 'node:path';
import { parse as parseToml } from 'smol-toml';
import { z } from 'zod';
import { CodedError } from '@gitcron/base/coded-error';
import type { FileContent } from '../content-hash.ts';
import { inWords } from './schema-issues.ts';

const names = z.record(z.string(), z.unknown()).default({});
const group = z.looseObject({ dependencies: names });

const projectSchema = z.object({
  project: z
    .object({
      dependencies: z.array(z.unknown()).default([]),
      dynamic: z.array(z.string()).default([]),
    })
    .prefault({}),
  'dependency-groups': names,
  tool: z
    .object({
      poetry: z
        .object({
          dependencies: names,
          'dev-dependencies': names,
          group: z.record(z.string(), group).default({}),
        })
        .prefault({}),
      pdm: z.object({ 'dev-dependencies': names }).prefault({}),
      uv: z.object({ 'dev-dependencies': z.array(z.unknown()).default([]) }).prefault({}),
    })
    .prefault({}),
});

const pipfileSchema = z.object({ packages: names, 'dev-packages': names });

/**
 * Whether anything is asked for in the files of Python projects. Many a pyproject.toml is no more
 * than the settings of a linter, with groups for whoever works on the code; where a lockfile of it
 * is committed, its manager installs the groups, too.
 */
export function asksForAnything(files: readonly FileContent[]): boolean {
  const named = (name: string) => files.find(({ path }) => basename(path) === name);
  const [project, pipfile] = [named('pyproject.toml'), named('Pipfile')];
  const isLocked = LOCKFILES.some((name) => named(name) !== undefined);
  if (project !== undefined && projectAsks(project, isLocked)) return true;
  if (pipfile !== undefined && pipfileAsks(pipfile)) return true;
  // A lockfile alone has nothing that it could be compared with.
  return project === undefined && pipfile === undefined;
}

const LOCKFILES = ['uv.lock', 'poetry.lock', 'pdm.lock'];

function projectAsks(file: FileContent, isLocked: boolean): boolean {
  const { project, tool, ...rest } = parse(file, projectSchema);
  const { poetry, pdm, uv } = tool;
  return (
    project.dependencies.length > 0 ||
    project.dynamic.includes('dependencies') ||
    asksBesidesPython(poetry.dependencies) ||
    (isLocked &&
      (Object.values(rest['dependency-groups']).some(isNotEmpty) ||
        isNotEmpty(poetry['dev-dependencies']) ||
        Object.values(poetry.group).some(({ dependencies }) => isNotEmpty(dependencies)) ||
        isNotEmpty(pdm['dev-dependencies']) ||
        isNotEmpty(uv['dev-dependencies'])))
  );
}

function pipfileAsks(file: FileContent): boolean {
  const pipfile = parse(file, pipfileSchema);
  return isNotEmpty(pipfile.packages) || isNotEmpty(pipfile['dev-packages']);
}

function asksBesidesPython(dependencies: Readonly<Record<string, unknown>>): boolean {
  return Object.keys(dependencies).some((name) => name !== 'python');
}

function isNotEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0;
}

/** @throws CodedError GITCRON_E_MANIFEST */
function parse<Schema extends z.ZodType>(
  { path, bytes }: FileContent,
  schema: Schema,
): z.output<Schema> {
  try {
    return schema.parse(parseToml(new TextDecoder('utf-8').decode(bytes)));
  } catch (error) {
    throw new CodedError('GITCRON_E_MANIFEST', `${path} is not a valid project file.`, {
      place: path,
      hint: 'Mend its TOML and push again.',
      cause: error instanceof z.ZodError ? new Error(inWords(error)) : error,
    });
  }
}
