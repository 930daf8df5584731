import { CodedError } from '@gitcron/base/coded-error';
import type { Git } from './git/git.ts';
import { GitFailure } from './git/run-git.ts';

/**
 * Files and directories of one commit. A tree of a few objects can name millions of them; so many
 * take some 450 MB of memory, and the container of the compose stack has 512.
 */
const MAX_ENTRIES = 200_000;

export interface TreeEntry {
  /** `100644`, `100755`, `120000` (symbolic link), `160000` (gitlink) or `040000` (directory). */
  readonly mode: string;
  readonly object: string;
  /** Bytes: git does not say in which encoding names are. */
  readonly path: Buffer;
}

export function isRegularFile({ mode }: TreeEntry): boolean {
  return mode.startsWith('100');
}

/**
 * All of a commit but the directories.
 * @throws CodedError GITCRON_E_TREE_TOO_LARGE before more of it is read than there is room for.
 */
export async function listTree(git: Git, gitDir: string, commit: string): Promise<TreeEntry[]> {
  try {
    // With the directories (-t): a tree can also have no end of those and not one file.
    const args = ['ls-tree', '-r', '-t', '-z', '--full-tree', commit];
    const output = await git.run(args, { gitDir, maxEntries: MAX_ENTRIES });
    return parseTree(output);
  } catch (error) {
    if (!(error instanceof GitFailure) || error.end !== 'too much') throw error;
    throw new CodedError(
      'GITCRON_E_TREE_TOO_LARGE',
      `Commit ${commit.slice(0, 7)} has more than ${MAX_ENTRIES} files and directories, or their paths are very long. It was not published.`,
      {
        place: commit,
        hint: 'Remove what no script needs from the repository (git rm -r --cached PATH). What was published last stays in place.',
        cause: error,
      },
    );
  }
}

/**
 * `git ls-tree -z`: `<mode> <type> <object>\t<path>\0`. No string here is a part of a longer one, which
 * would be kept with it: there are 200,000 of each.
 */
function parseTree(output: Buffer): TreeEntry[] {
  const entries: TreeEntry[] = [];
  const modes = new Map<string, string>();
  let start = 0;
  for (let end = output.indexOf(0); end !== -1; end = output.indexOf(0, start)) {
    const tab = output.indexOf(TAB, start);
    const read = output.toString('latin1', start, start + MODE_LETTERS);
    const mode = modes.get(read) ?? read;
    modes.set(mode, mode);
    if (mode !== DIRECTORY) {
      const object = output.toString('latin1', output.lastIndexOf(BLANK, tab) + 1, tab);
      entries.push({ mode, object, path: output.subarray(tab + 1, end) });
    }
    start = end + 1;
  }
  return entries;
}

const DIRECTORY = '040000';
const MODE_LETTERS = DIRECTORY.length;
const TAB = 0x09;
const BLANK = 0x20;
