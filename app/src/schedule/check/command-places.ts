import { delimiter, isAbsolute, join, resolve } from 'node:path';
import { SHELL_WORDS } from '../crontab/shell-words.ts';
import type { Job } from '../job.ts';
import { isExecutable } from './script-file.ts';

export interface CommandPlaces {
  /** Where the commands will run: the scripts repository. */
  readonly directory: string;
  /** The value of PATH. */
  readonly path: string;
}

/** Where the current release is in the container: the same files as the repository's. */
const CURRENT_RELEASE = '/app/project/current';

/** A path of a command as one of this machine. */
export function placeOf(path: string, from: string, { directory }: CommandPlaces): string {
  if (path === CURRENT_RELEASE || path.startsWith(`${CURRENT_RELEASE}/`)) {
    return join(directory, path.slice(CURRENT_RELEASE.length));
  }
  return isAbsolute(path) ? path : resolve(from, path);
}

/** Whether a name without a slash is something that the job's shell can start. */
export function isCommand(name: string, job: Job, places: CommandPlaces): boolean {
  return (
    SHELL_WORDS.has(name) ||
    searchedBy(job, places).some((place) => isExecutable(join(place, name)))
  );
}

/** Where it is on the PATH that it would have if the crontab set none; null when it is nowhere. */
export function placeOutsideOf(name: string, job: Job, { path }: CommandPlaces): string | null {
  if (job.environment['PATH'] === undefined) return null;
  return path.split(delimiter).find((place) => isExecutable(join(place, name))) ?? null;
}

function searchedBy({ environment }: Job, { directory, path }: CommandPlaces): string[] {
  return [
    join(directory, 'node_modules', '.bin'),
    join(directory, '.venv', 'bin'),
    ...(environment['PATH'] ?? path).split(delimiter).map((place) => place || '.'),
  ];
}
