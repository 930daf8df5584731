import { askRemote, type Asking } from './ask-remote.ts';
import { CodedError } from '@gitcron/base/coded-error';
import { FULL_HASH } from '@gitcron/base/full-hash';

/** What the remote calls the commit that was asked for. */
export interface Target {
  /** The full ref to fetch; null when a hash was asked for. */
  readonly ref: string | null;
  /** Full, unless a short hash was asked for. */
  readonly hash: string;
}

const SHORT_HASH = /^[0-9a-f]{7,}$/;

/**
 * Asks the remote where the ref is: one exchange, and at most one git process.
 *
 * A branch wins over a tag of the same name, because the setting is called a branch.
 *
 * @throws CodedError GITCRON_E_REF_NOT_FOUND when the remote answers and has no such ref.
 */
export async function resolveRef(asking: Asking, name: string): Promise<Target> {
  if (FULL_HASH.test(name)) return { ref: null, hash: name };
  const candidates =
    name === 'HEAD' || name.startsWith('refs/')
      ? [name]
      : [`refs/heads/${name}`, `refs/tags/${name}`];
  const answer = await askRemote(asking, candidates);
  const hashes = new Map([...answer].filter(([, hash]) => FULL_HASH.test(hash)));
  for (const ref of candidates) {
    // An annotated tag is an object of its own; `^{}` is the commit it names (gitrevisions(7)).
    const hash = hashes.get(`${ref}^{}`) ?? hashes.get(ref);
    if (hash !== undefined) return { ref, hash };
  }
  // A short hash may also be a branch's name, so it comes last.
  if (SHORT_HASH.test(name)) return { ref: null, hash: name };
  throw refNotFound(name, asking.remote.url);
}

export function refNotFound(name: string, url: string, cause?: unknown): CodedError {
  return new CodedError(
    'GITCRON_E_REF_NOT_FOUND',
    `The remote has no branch, tag or commit “${name}”.`,
    {
      place: url,
      hint: 'Check GIT_SYNC_BRANCH, or push the branch. What was published last stays in place.',
      cause,
    },
  );
}
