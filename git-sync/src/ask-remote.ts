import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ObjectFormat } from '@gitcron/base/full-hash';
import type { AskOverHttp } from './ask-over-http.ts';
import type { Git } from './git/git.ts';
import { GitFailure } from './git/run-git.ts';
import type { Remote } from './remote.ts';

/** Who is asked, and what can ask. */
export interface Asking {
  readonly git: Git;
  readonly remote: Remote;
  readonly askOverHttp: AskOverHttp | null;
  /** What the remote is taken to name its objects by; git finds it out, our own request has to say it. */
  readonly format: ObjectFormat;
  readonly signal: AbortSignal;
}

/**
 * Asks the remote what its refs point to: one exchange, and at most one git process of ours.
 *
 * @param refs full names, or `HEAD`; of a tag the commit that it names comes as `<ref>^{}`.
 * @returns the hashes of those that the remote has, by name.
 */
export async function askRemote(
  { git, remote, askOverHttp, format, signal }: Asking,
  refs: readonly string[],
): Promise<Map<string, string>> {
  const found = await askOverHttp?.(refs, format, signal);
  if (found) return found;
  const answer =
    (await askOnThisMachine(git, remote, refs)) ??
    (await git.runRemote(['ls-remote', '--', remote.url, ...withPeeled(refs)]));
  const lines = answer.toString('utf8').split('\n');
  return new Map(
    lines.flatMap((line): [string, string][] => {
      const [hash, ref] = line.split(/[\t ]/);
      return hash !== undefined && ref !== undefined ? [[ref, hash]] : [];
    }),
  );
}

/**
 * A repository on this machine is read as it lies there: `ls-remote` would start a second git to
 * play the server, at three times the cost.
 * @returns null when that does not work; then `ls-remote` says what is wrong.
 */
async function askOnThisMachine(
  git: Git,
  remote: Remote,
  refs: readonly string[],
): Promise<Buffer | null> {
  const path = pathOf(remote);
  if (path === null) return null;
  const gitDir = existsSync(join(path, '.git')) ? join(path, '.git') : path;
  const head = refs.includes('HEAD') ? ['--head'] : [];
  try {
    return await git.run(['show-ref', '--dereference', ...head, '--', ...refs], { gitDir });
  } catch (error) {
    if (error instanceof GitFailure && (error.end === 'exit' || error.end === 'silent'))
      return null;
    throw error;
  }
}

function pathOf({ transport, url }: Remote): string | null {
  if (transport !== 'file') return null;
  if (!url.startsWith('file:')) return url;
  // file://HOST/… is for git to judge.
  return new URL(url).host === '' ? fileURLToPath(url) : null;
}

function withPeeled(refs: readonly string[]): string[] {
  return refs.flatMap((ref) => (ref.startsWith('refs/tags/') ? [ref, `${ref}^{}`] : [ref]));
}
