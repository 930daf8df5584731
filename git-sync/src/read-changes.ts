import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { printable } from './describe-commit.ts';
import type { Git } from './git/git.ts';

/** More are counted and not named. */
const MOST_FILES = 1000;
const MOST_COMMITS = 200;
/** Longer subjects and paths are cut. */
const LONGEST_TEXT = 500;

const CHANGES = { A: 'added', M: 'modified', T: 'modified', D: 'deleted' } as const;
type Change = (typeof CHANGES)[keyof typeof CHANGES];

export interface ChangedFiles {
  readonly added: number;
  readonly modified: number;
  readonly deleted: number;
  readonly files: {
    readonly total: number;
    readonly items: readonly { readonly path: string; readonly change: Change }[];
  };
}

export interface Commit {
  readonly hash: string;
  readonly subject: string;
  readonly author: string;
  readonly committedAt: string;
}

/** The newest first. */
export interface Commits {
  readonly total: number;
  readonly items: readonly Commit[];
}

/** From one commit's tree to another's (git-diff-tree(1), --name-status -z); a renamed file is deleted and added. */
export async function changedFiles(
  git: Git,
  gitDir: string,
  from: string,
  to: string,
): Promise<ChangedFiles> {
  const args = ['diff-tree', '-r', '-z', '--no-renames', '--name-status', from, to];
  const fields = (await git.run(args, { gitDir })).toString('utf8').split('\0');
  const counts = { added: 0, modified: 0, deleted: 0 };
  const items: { path: string; change: Change }[] = [];
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const [letter = '', path = ''] = fields.slice(index, index + 2);
    if (!isLetter(letter)) continue;
    const change = CHANGES[letter];
    counts[change] += 1;
    if (items.length < MOST_FILES) items.push({ path: path.slice(0, LONGEST_TEXT), change });
  }
  const total = counts.added + counts.modified + counts.deleted;
  return { ...counts, files: { total, items } };
}

function isLetter(text: string): text is keyof typeof CHANGES {
  return text in CHANGES;
}

/** What a commit itself says of its parents, also where the clone has none of them. */
export async function parentsOf(git: Git, gitDir: string, hash: string): Promise<string[]> {
  const text = (await git.run(['cat-file', 'commit', hash], { gitDir })).toString('latin1');
  const [head = ''] = text.split('\n\n');
  return [...head.matchAll(/^parent ([0-9a-f]+)$/gm)].map(([, parent = '']) => parent);
}

/** Whether the clone has all of history between the two: all there is, or the one below the other. */
export async function hasHistory(
  git: Git,
  gitDir: string,
  from: string,
  to: string,
): Promise<boolean> {
  if (!existsSync(join(gitDir, 'shallow'))) return true;
  return git.run(['merge-base', '--is-ancestor', from, to], { gitDir }).then(
    () => true,
    () => false,
  );
}

/** The commits of `to` that `from` has not. */
export async function commitsSince(
  git: Git,
  gitDir: string,
  from: string,
  to: string,
): Promise<Commits> {
  const range = `${from}..${to}`;
  const count = await git.run(['rev-list', '--count', range], { gitDir });
  return {
    total: Number(count.toString('latin1')),
    items: await describe(git, gitDir, [`--max-count=${MOST_COMMITS}`, range]),
  };
}

/** A commit alone, as if it had no parents. */
export async function onlyCommit(git: Git, gitDir: string, hash: string): Promise<Commits> {
  return { total: 1, items: await describe(git, gitDir, ['--no-walk', hash]) };
}

async function describe(git: Git, gitDir: string, which: readonly string[]): Promise<Commit[]> {
  const format = '--format=%H%x00%an%x00%cI%x00%s';
  const text = (await git.run(['log', '-z', format, ...which], { gitDir })).toString('utf8');
  const fields = text.split('\0');
  const commits: Commit[] = [];
  for (let index = 0; index + 3 < fields.length; index += 4) {
    const [hash = '', author = '', committedAt = '', subject = ''] = fields
      .slice(index, index + 4)
      .map((field) => printable(field).slice(0, LONGEST_TEXT));
    commits.push({ hash, subject, author, committedAt });
  }
  return commits;
}
