import type { Git } from './git/git.ts';
import { GitFailure } from './git/run-git.ts';

/** What writes files in the place of git: Git LFS, where it is installed. */
export interface Filters {
  /** What git-lfs says of itself; null where it is not installed: pointers are published as they are. */
  readonly version: string | null;
  /** So many times the silence of the settings is theirs, who wait for a server; see `RunOptions`. */
  readonly patience: number;
  /** Configuration by environment (git-config(1), GIT_CONFIG_COUNT). */
  readonly environment: Readonly<Record<string, string>>;
}

/** git-lfs has three limits of its own, below, tries twice, and asks for the batch and for the files. */
const LFS_PATIENCE = 12;

/** @param url of the repository whose files are written: its server has them. */
export function lfsFilters(version: string | null, url: string, silenceMs: number): Filters {
  if (version === null) return { version, patience: 1, environment: {} };
  const silenceSec = String(Math.ceil(silenceMs / 1000));
  const configuration: readonly (readonly [string, string])[] = [
    ['filter.lfs.process', 'git-lfs filter-process'],
    ['filter.lfs.smudge', 'git-lfs smudge -- %f'],
    ['filter.lfs.clean', 'git-lfs clean -- %f'],
    ['filter.lfs.required', 'true'],
    ['remote.origin.url', url],
    // By default each of eight tries waits for half a minute, and a sync is tried again anyway.
    ['lfs.dialTimeout', silenceSec],
    ['lfs.tlsTimeout', silenceSec],
    ['lfs.activityTimeout', silenceSec],
    ['lfs.transfer.maxRetries', '1'],
  ];
  const environment = Object.fromEntries([
    ['GIT_CONFIG_COUNT', String(configuration.length)],
    ...configuration.flatMap(([key, value], index) => [
      [`GIT_CONFIG_KEY_${index}`, key],
      [`GIT_CONFIG_VALUE_${index}`, value],
    ]),
  ]);
  return { version, patience: LFS_PATIENCE, environment };
}

/** @returns null where git-lfs is not installed. */
export async function lfsVersion(git: Git): Promise<string | null> {
  try {
    return (await git.run(['lfs', 'version'])).toString('utf8').trim();
  } catch (error) {
    if (error instanceof GitFailure && error.end === 'exit') return null;
    throw error;
  }
}
