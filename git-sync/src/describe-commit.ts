import type { Git } from './git/git.ts';
import type { PublishedCommit } from './revisions.ts';

const FIELDS = ['%an', '%ae', '%cI', '%s'];

/** Reads from the clone of a repository what people call the commit by. */
export async function describeCommit(
  git: Git,
  gitDir: string,
  hash: string,
  repository: string,
): Promise<PublishedCommit> {
  const format = `--format=${FIELDS.join('%x00')}`;
  const text = await git.at(gitDir).raw(['log', '-1', format, hash]);
  const [author = '', authorEmail = '', committedAt = '', subject = ''] = text
    .split('\0')
    .map(printable);
  const publishedAt = new Date().toISOString();
  return { hash, subject, author, authorEmail, committedAt, publishedAt, repository };
}

/** Authors write into our log and our pages: control and formatting characters must not. */
export function printable(text: string): string {
  return text.replaceAll(/[\s\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim();
}
