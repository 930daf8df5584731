import { isUtf8 } from 'node:buffer';
import { chmod } from 'node:fs/promises';
import { CodedError } from '@gitcron/base/coded-error';
import { explainFailure } from './explain-failure.ts';
import { fetchCommit } from './fetch-commit.ts';
import { objectFormat } from '@gitcron/base/full-hash';
import type { Making } from './make-revision.ts';
import { plantTree, type Planted } from './plant-tree.ts';
import type { Submodule } from './read-submodules.ts';
import type { SyncSettings } from './settings.ts';
import { inside } from './volume.ts';

/** Deeper than this only a repository that contains itself goes. */
const DEEPEST = 10;

type Parent = Pick<Planted, 'url' | 'into' | 'at'>;

/**
 * Fills the empty directories of submodules.
 *
 * Ours in the place of `git submodule update`, which needs a work tree with `.git` files in it and
 * keeps the repository's URLs in configuration. `.gitmodules` is hostile input: only the transports of
 * GIT_ALLOW_PROTOCOL are followed, and the password goes to the main repository's server only.
 *
 * A path that `.gitmodules` does not know stays an empty directory, as in a plain `git clone`.
 *
 * @throws CodedError that names the one that could not be had.
 */
export async function addSubmodules(
  making: Making,
  parent: Parent,
  submodules: readonly Submodule[],
  level = 1,
): Promise<void> {
  const unknown: string[] = [];
  const follows = isFollowed(making.settings, level);
  for (const submodule of submodules) {
    const { path, url } = submodule;
    if (follows && url !== undefined) await addSubmodule(making, parent, submodule, level);
    if (follows && url === undefined) unknown.push(path.toString('utf8'));
    await chmod(inside(Buffer.from(parent.into), path), 0o555);
  }
  if (unknown.length > 0) {
    making.log.warn(
      { paths: unknown },
      `.gitmodules does not say where ${quoteSome(unknown)} can be had: published empty. Add a URL there, or take it out with git rm --cached PATH`,
    );
  }
}

function isFollowed({ submodules }: SyncSettings, level: number): boolean {
  return submodules === 'recursive' || (submodules === 'direct' && level === 1);
}

function quoteSome(paths: readonly string[]): string {
  const some = paths.slice(0, 3).map((path) => `“${path.replaceAll(/\p{C}/gu, '')}”`);
  const more = paths.length - some.length;
  return `${some.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

async function addSubmodule(
  making: Making,
  parent: Parent,
  { path, commit, url }: Submodule,
  level: number,
): Promise<void> {
  const { git, clones, settings } = making;
  const name = path.toString('utf8');
  const at = parent.at === '' ? name : `${parent.at}/${name}`;
  const into = `${parent.into}/${name}`;
  try {
    if (!url) throw new Error('.gitmodules has no URL for it');
    if (!isUtf8(path)) throw new Error('its path is not UTF-8');
    if (level > DEEPEST) throw new Error(`submodules are nested more than ${DEEPEST} deep`);
    const clone = clones.ofSubmodule(url, objectFormat(commit));
    // The whole history only where it is asked for: some servers can give nothing less.
    const source = { url, depth: Math.min(settings.depth, 1) };
    const nested = await clone.use(async (gitDir) => {
      const found = await fetchCommit(git, gitDir, source, { ref: null, hash: commit });
      return plantTree(making, { gitDir, url, commit: found, into, at });
    });
    await addSubmodules(making, { url, into, at }, nested, level + 1);
  } catch (error) {
    if (git.stopped()) throw error;
    throw await explainSubmodule(error, { at, url: url ?? null, commit }, settings);
  }
}

async function explainSubmodule(
  error: unknown,
  submodule: { readonly at: string; readonly url: string | null; readonly commit: string },
  settings: SyncSettings,
): Promise<CodedError> {
  const { at, url, commit } = submodule;
  if (error instanceof CodedError && error.code === 'GITCRON_E_REF_NOT_FOUND') {
    return new CodedError(
      'GITCRON_E_SUBMODULE_COMMIT',
      `The submodule “${at}” is to be at commit ${commit.slice(0, 7)}, which its remote does not have.`,
      {
        place: url ?? '.gitmodules',
        hint: `It was probably never pushed: git -C ${at} push. If it is gone for good, commit another one for the submodule. The commit is published when all of it is there.`,
        cause: error.cause,
      },
    );
  }
  return explainFailure(error, settings, { submodule });
}
