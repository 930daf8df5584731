import { cp, mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa, ExecaError } from 'execa';
import { CodedError } from '@gitcron/base/coded-error';
import { isAbsence } from '@gitcron/base/absence';

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
 * @throws CodedError GITCRON_E_GIT_MISSING
 */
export async function makeDemoRepository(directory: string, examples: string): Promise<boolean> {
  if (await exists(join(directory, '.git'))) return false;
  const building = await mkdtemp(join(dirname(directory), '.unfinished-demo-'));
  try {
    await cp(examples, building, {
      recursive: true,
      filter: (path) => !path.endsWith('node_modules'),
    });
    await commitAll(building);
    await rename(building, directory);
  } catch (error) {
    await rm(building, { recursive: true, force: true });
    throw error instanceof ExecaError && error.code === 'ENOENT' ? gitMissing(error) : error;
  }
  return true;
}

async function commitAll(directory: string): Promise<void> {
  // In a git hook GIT_DIR names the repository that it is about.
  const outer = Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_'));
  const env = { ...Object.fromEntries(outer), ...ISOLATED };
  const git = execa({ cwd: directory, env, extendEnv: false, stdin: 'ignore' });
  await git`git init --quiet --initial-branch=main`;
  await git`git add --all`;
  await git`git commit --quiet --message ${'Start with the example scripts'}`;
}

function gitMissing(cause: ExecaError): CodedError {
  return new CodedError('GITCRON_E_GIT_MISSING', 'The program git cannot be started.', {
    hint: 'Install it (git 2.34 or newer) and see that it is on PATH; or run a directory of your own with --dir.',
    cause,
  });
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
