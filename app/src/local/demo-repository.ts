import { cp, mkdtemp, rename, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { isAbsence } from '../errors.ts';

/** Nothing of the user's own git set-up takes part: no hooks, no signing, no templates. */
const ISOLATED = {
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'Gitcron',
  GIT_AUTHOR_EMAIL: 'demo@localhost',
  GIT_COMMITTER_NAME: 'Gitcron',
  GIT_COMMITTER_EMAIL: 'demo@localhost',
};

/**
 * Makes a repository out of the example scripts, once: later starts find the user's commits in it.
 * @returns whether it was made now.
 */
export async function makeDemoRepository(directory: string, examples: string): Promise<boolean> {
  if (await exists(join(directory, '.git'))) return false;
  const building = await mkdtemp(join(dirname(directory), '.unfinished-demo-'));
  await cp(examples, building, {
    recursive: true,
    filter: (path) => !path.endsWith('node_modules'),
  });
  const git = execa({ cwd: building, env: ISOLATED, stdin: 'ignore' });
  await git`git init --quiet --initial-branch=main`;
  await git`git add --all`;
  await git`git commit --quiet --message ${'Start with the example scripts'}`;
  await rename(building, directory);
  return true;
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (isAbsence(error)) return false;
    throw error;
  }
}
