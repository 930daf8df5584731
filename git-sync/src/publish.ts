import { chmod, rename } from 'node:fs/promises';
import type { Git } from './git/git.ts';
import { linkCurrent, replaceFile, revisionPath, syncDirectory, type Volume } from './volume.ts';

/** What `revisions/<hash>.json` holds, and the app shows. */
export interface PublishedCommit {
  readonly hash: string;
  /** The first line of its message. */
  readonly subject: string;
  readonly author: string;
  readonly authorEmail: string;
  /** ISO 8601. */
  readonly committedAt: string;
  /** ISO 8601. */
  readonly publishedAt: string;
}

export async function describeCommit(
  git: Git,
  gitDir: string,
  hash: string,
): Promise<PublishedCommit> {
  const format = ['%an', '%ae', '%cI', '%s'].join('%x00');
  const text = await git.at(gitDir).raw(['log', '-1', `--format=${format}`, hash]);
  const [author = '', authorEmail = '', committedAt = '', subject = ''] = text
    .split('\0')
    .map(printable);
  return {
    hash,
    subject,
    author,
    authorEmail,
    committedAt,
    publishedAt: new Date().toISOString(),
  };
}

/** A commit's author writes into our log: control characters must not. */
function printable(text: string): string {
  return text.replaceAll(/\p{Cc}+/gu, ' ').trim();
}

/** Moves a finished tree into its place and the link to it. */
export async function publishTree(
  volume: Volume,
  tree: string,
  commit: PublishedCommit,
): Promise<void> {
  const path = revisionPath(volume, commit.hash);
  await replaceFile(volume, `${path}.json`, `${JSON.stringify(commit, null, 2)}\n`);
  // A directory must be writable to be moved, so its own bit comes last.
  await rename(tree, path);
  await chmod(path, 0o555);
  await syncDirectory(volume.revisions);
  await linkCurrent(volume, commit.hash);
}
