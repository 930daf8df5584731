import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createOrigin, type Origin } from '../base/test/origin.ts';
import { removeTree } from '../base/test/remove-tree.ts';

/** What a measurement of git-sync needs: a repository, in a directory of its own that is deleted at the end. */
export interface Scene extends AsyncDisposable {
  readonly directory: string;
  readonly origin: Origin;
}

export async function openScene(): Promise<Scene> {
  const directory = await mkdtemp(join(tmpdir(), 'gitcron-bench-'));
  return {
    directory,
    origin: await createOrigin(join(directory, 'origin')),
    [Symbol.asyncDispose]: () => removeTree(directory),
  };
}
