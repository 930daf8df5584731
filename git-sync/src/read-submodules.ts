import { posix } from 'node:path';
import type { Gitlink } from './build-tree.ts';
import { CodedError } from '@gitcron/base/coded-error';
import type { Git } from './git/git.ts';
import { GitFailure } from './git/run-git.ts';

/** A submodule as its parent has it (gitsubmodules(7)). */
export interface Submodule extends Gitlink {
  /** Null: `.gitmodules` has its path and no URL. Undefined: it does not know the path. */
  readonly url: string | null | undefined;
}

/**
 * The submodules of a commit, with the URLs that `.gitmodules` gives them (gitmodules(5)).
 *
 * @throws CodedError GITCRON_E_SUBMODULE when the file cannot be understood.
 */
export async function readSubmodules(
  git: Git,
  parent: { readonly gitDir: string; readonly url: string; readonly commit: string },
  gitlinks: readonly Gitlink[],
): Promise<readonly Submodule[]> {
  if (gitlinks.length === 0) return [];
  const urls = await readUrls(git, parent);
  return gitlinks.map((link) => ({ ...link, url: urls.get(link.path.toString('latin1')) }));
}

async function readUrls(
  git: Git,
  parent: { readonly gitDir: string; readonly url: string; readonly commit: string },
): Promise<ReadonlyMap<string, string | null>> {
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
