import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import type { CrontabWarning } from '../crontab/problem.ts';
import { readCommand } from '../crontab/read-command.ts';
import { SHELL_WORDS } from '../crontab/shell-words.ts';
import type { Job } from '../job.ts';

export interface CommandPlaces {
  /** Where the commands will run: the scripts repository. */
  readonly directory: string;
  /** The value of PATH. */
  readonly path: string;
}

/** Where the current release is in the container: the same files as the repository's. */
const CURRENT_RELEASE = '/app/project/current/';

/** Programs and scripts that are not where the commands look for them. */
export function commandWarnings(
  jobs: readonly Job[],
  file: string,
  places: CommandPlaces,
): CrontabWarning[] {
  return jobs.flatMap((job) => {
    const { directory, program, scripts } = readCommand(job.command);
    if (directory?.includes('$')) return [];
    const from = placeOf(directory ?? '.', places.directory);
    const missing = scripts.filter((script) => isPlain(script) && !exists(placeOf(script, from)));
    const warnings = missing.map((script): CrontabWarning => ({
      code: 'GITCRON_W_SCRIPT_MISSING',
      message: `${job.slug} runs ${script}, which is not there.`,
      file,
      line: job.line,
      hint: `Paths are relative to the root of the repository. Is the file committed under this name?`,
    }));
    if (missing.includes(program) || isFound(program, from, places)) return warnings;
    warnings.push({
      code: 'GITCRON_W_COMMAND_NOT_FOUND',
      message: `${job.slug} runs ${program}, which is not a command here.`,
      file,
      line: job.line,
      hint: 'It has to be on the PATH where Gitcron runs, or a dependency of the repository.',
    });
    return warnings;
  });
}

function isFound(program: string, from: string, { directory, path }: CommandPlaces): boolean {
  if (!isPlain(program) || program === '' || SHELL_WORDS.has(program)) return true;
  if (program.includes('/')) return isExecutable(placeOf(program, from));
  const directories = [
    join(directory, 'node_modules', '.bin'),
    join(directory, '.venv', 'bin'),
    ...path.split(delimiter),
  ];
  return directories.some((place) => isExecutable(join(place, program)));
}

/** Nothing that the shell would expand. */
function isPlain(word: string): boolean {
  return !/[$`*?{}~"'\\[\]#]/.test(word);
}

function placeOf(path: string, from: string): string {
  if (path.startsWith(CURRENT_RELEASE)) return resolve(from, path.slice(CURRENT_RELEASE.length));
  return isAbsolute(path) ? path : resolve(from, path);
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
