import { createHash } from 'node:crypto';
import { chmod } from 'node:fs/promises';
import { isUtf8 } from 'node:buffer';
import { join, posix } from 'node:path';
import { buildTree, inside, type BaseTree, type Gitlink } from './build-tree.ts';
import { CodedError } from '@gitcron/base/coded-error';
import { fetchCommit } from './fetch-commit.ts';
import type { Git } from './git/git.ts';
import { GitFailure } from './git/run-git.ts';
import type { Logger } from '@gitcron/base/log';
import { isDirectory, scratchPath, type Volume } from './volume.ts';

/** Deeper than this only a repository that contains itself goes. */
const DEEPEST = 10;

interface Parent {
  readonly gitDir: string;
  readonly url: string;
  readonly commit: string;
  readonly into: string;
  readonly base: BaseTree | null;
  readonly gitlinks: readonly Gitlink[];
}

export interface SubmoduleOptions {
  readonly git: Git;
  readonly volume: Volume;
  readonly log: Logger;
  /** Bare clones of submodules live in it, one for each URL. */
  readonly modulesDir: string;
  readonly recursive: boolean;
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * Fills the empty directories of submodules.
 *
 * Ours in the place of `git submodule update`, which needs a work tree with `.git` files in it and
 * keeps the repository's URLs in configuration. `.gitmodules` is hostile input: only the transports of
 * GIT_ALLOW_PROTOCOL are followed, and the password goes to the main repository's server only.
 *
 * A path that `.gitmodules` does not know stays an empty directory, as in a plain `git clone`.
 *
 * @throws CodedError GITCRON_E_SUBMODULE that names the one that could not be had.
 */
export async function addSubmodules(
  options: SubmoduleOptions,
  parent: Parent,
  level = 1,
): Promise<void> {
  if (parent.gitlinks.length === 0) return;
  const urls = await readUrls(options.git, parent);
  const unknown: string[] = [];
  for (const { path, commit } of parent.gitlinks) {
    const url = urls.get(path.toString('latin1'));
    if (url === undefined) {
      unknown.push(path.toString('utf8'));
      await chmod(inside(parent.into, path), 0o555);
      continue;
    }
    try {
      if (url === null) throw new Error('.gitmodules has no URL for it');
      if (level > DEEPEST) throw new Error(`submodules are nested more than ${DEEPEST} deep`);
      await addSubmodule(options, parent, { path, commit, url }, level);
    } catch (error) {
      if (options.git.stopped() || error instanceof CodedError) throw error;
      throw new CodedError(
        'GITCRON_E_SUBMODULE',
        `The submodule “${path.toString('utf8')}” could not be fetched.`,
        {
          place: url ?? '.gitmodules',
          hint: 'Check that this URL can be read with the same credentials, or set GIT_SYNC_SUBMODULES=off. The commit is published when all of it is there.',
          cause: error,
        },
      );
    }
  }
  if (unknown.length > 0) {
    options.log.warn(
      { paths: unknown },
      `.gitmodules does not say where ${quoteSome(unknown)} can be had: published empty. Add a URL there, or take it out with git rm --cached PATH`,
    );
  }
}

function quoteSome(paths: readonly string[]): string {
  const some = paths.slice(0, 3).map((path) => `“${path.replaceAll(/\p{C}/gu, '')}”`);
  const more = paths.length - some.length;
  return `${some.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

async function addSubmodule(
  options: SubmoduleOptions,
  parent: Parent,
  module: { readonly path: Buffer; readonly commit: string; readonly url: string },
  level: number,
): Promise<void> {
  const { git, volume, environment } = options;
  if (!isUtf8(module.path)) throw new Error('its path is not UTF-8');
  const path = module.path.toString('utf8');
  const into = join(parent.into, path);
  const name = createHash('sha256').update(module.url).digest('hex');
  const gitDir = join(options.modulesDir, `${name}.git`);
  if (!(await isDirectory(gitDir))) await git.run(['init', '--quiet', '--bare', gitDir]);
  const source = { url: module.url, depth: 1 };
  const commit = await fetchCommit(git, gitDir, source, { ref: null, hash: module.commit });

  const baseCommit = parent.base && (await gitlinkAt(git, parent, parent.base.commit, path));
  const base =
    parent.base && baseCommit
      ? { commit: baseCommit, directory: join(parent.base.directory, path) }
      : null;
  const indexFile = scratchPath(volume, 'index');
  const gitlinks = await buildTree({ git, gitDir, commit, into, indexFile, base, environment });
  if (options.recursive) {
    await addSubmodules(
      options,
      { gitDir, url: module.url, commit, into, base, gitlinks },
      level + 1,
    );
  }
  for (const gitlink of gitlinks) await chmod(inside(into, gitlink.path), 0o555);
  await chmod(into, 0o555);
}

/** The commit that a submodule had in an earlier one of its parent, as far as the clone knows. */
async function gitlinkAt(
  git: Git,
  parent: Parent,
  commit: string,
  path: string,
): Promise<string | null> {
  try {
    return await git.at(parent.gitDir).revparse([`${commit}:${path}`]);
  } catch {
    return null;
  }
}

/** The URLs of `.gitmodules` by path, as gitmodules(5) has them; null for a path without one. */
async function readUrls(git: Git, parent: Parent): Promise<Map<string, string | null>> {
  const { gitDir, commit } = parent;
  const found = await git.run(['ls-tree', '--full-tree', commit, '.gitmodules'], { gitDir });
  if (found.length === 0) return new Map();
  const args = ['config', '-z', '--blob', `${commit}:.gitmodules`, '--list'];
  const output = await git.run(args, { gitDir }).catch((error: unknown) => {
    if (!(error instanceof GitFailure) || error.end !== 'exit') throw error;
    throw new CodedError('GITCRON_E_SUBMODULE', 'The file .gitmodules cannot be understood.', {
      place: '.gitmodules',
      hint: 'Mend it (git config --file .gitmodules --list shows what is wrong), or set GIT_SYNC_SUBMODULES=off.',
      cause: error,
    });
  });
  const modules = new Map<string, { path?: string; url?: string }>();
  for (const entry of output.toString('latin1').split('\0')) {
    const match = /^submodule\.(?<name>.*)\.(?<key>path|url)\n(?<value>.*)$/s.exec(entry);
    if (match?.groups === undefined) continue;
    const { name = '', key = '', value = '' } = match.groups;
    modules.set(name, { ...modules.get(name), [key]: value });
  }
  return new Map(
    [...modules.values()].flatMap(({ path, url }) =>
      path === undefined
        ? []
        : [[path, url === undefined ? null : resolveUrl(parent.url, fromLatin1(url))] as const],
    ),
  );
}

function fromLatin1(text: string): string {
  return Buffer.from(text, 'latin1').toString('utf8');
}

/** `./` and `../` are relative to the parent's own URL (git-submodule(1), add). */
export function resolveUrl(parentUrl: string, url: string): string {
  if (!url.startsWith('./') && !url.startsWith('../')) return url;
  const match = /^(?<host>[a-z][a-z0-9+.-]*:\/\/[^/]*|[^/]+?:(?!\/\/))?(?<path>.*)$/is.exec(
    parentUrl,
  );
  const { host = '', path = '' } = match?.groups ?? {};
  return host + posix.join(path, url);
}
