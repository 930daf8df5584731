import type { Git } from './git/git.ts';
import { GitFailure } from './git/run-git.ts';
import type { Remote } from './remote.ts';

/**
 * Configuration that makes git fetch and write Git LFS files, by environment (git-config(1),
 * GIT_CONFIG_COUNT); empty where git-lfs is not installed: pointers are published as they are then.
 */
export async function filterEnvironment(
  git: Git,
  { url }: Remote,
  silenceMs: number,
): Promise<Readonly<Record<string, string>>> {
  if (!(await isInstalled(git))) return {};
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
  return Object.fromEntries([
    ['GIT_CONFIG_COUNT', String(configuration.length)],
    ...configuration.flatMap(([key, value], index) => [
      [`GIT_CONFIG_KEY_${index}`, key],
      [`GIT_CONFIG_VALUE_${index}`, value],
    ]),
  ]);
}

async function isInstalled(git: Git): Promise<boolean> {
  try {
    await git.run(['lfs', 'version']);
    return true;
  } catch (error) {
    if (error instanceof GitFailure && error.end === 'exit') return false;
    throw error;
  }
}
