import { join, resolve } from 'node:path';

/** Where the local mode keeps everything, unless `--state` names another place. */
export const LOCAL_DIRECTORY = '.gitcron';

export interface LocalDirectories {
  readonly root: string;
  /** What git-sync publishes. */
  readonly source: string;
  /** The supervisor's state volume. */
  readonly state: string;
  /** The demo repository, with a work tree to change. */
  readonly demo: string;
  readonly postgres: string;
}

export function localDirectories(directory: string): LocalDirectories {
  const root = resolve(directory);
  return {
    root,
    source: join(root, 'source'),
    state: join(root, 'state'),
    demo: join(root, 'demo'),
    postgres: join(root, 'postgres'),
  };
}
