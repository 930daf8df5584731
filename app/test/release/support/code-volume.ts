import { createHash } from 'node:crypto';
import { chmod, mkdir, readdir, rename, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** By path in the repository; a link is given by what it points to. */
export type Files = Readonly<Record<string, string | Buffer | { readonly link: string }>>;

export const CRONTAB = '* * * * * echo hello\n';

/** A volume as git-sync leaves it: `revisions/<hash>/`, `<hash>.json` and the link `current`. */
export class CodeVolume {
  readonly directory: string;
  #commits = 0;

  constructor(directory: string) {
    this.directory = directory;
  }

  /** Publishes a commit with these files and a crontab, and returns its hash. */
  async push(files: Files, subject = 'a commit'): Promise<string> {
    this.#commits += 1;
    const seed = `${this.#commits} ${subject} ${JSON.stringify(files)}`;
    const hash = createHash('sha1').update(seed).digest('hex');
    const tree = join(this.directory, 'revisions', hash);
    await writeTree(tree, { 'app/crontab.txt': CRONTAB, ...files });
    await makeReadOnly(tree);
    const commit = { hash, subject, author: 'Ada' };
    await writeFile(`${tree}.json`, JSON.stringify(commit));
    await this.show(hash);
    return hash;
  }

  /** Points `current` to a revision that is there. */
  async show(hash: string): Promise<void> {
    const fresh = join(this.directory, '.fresh');
    await symlink(join('revisions', hash), fresh);
    await rename(fresh, join(this.directory, 'current'));
  }
}

export async function writeTree(directory: string, files: Files): Promise<void> {
  await mkdir(directory, { recursive: true });
  for (const [path, content] of Object.entries(files)) {
    const file = join(directory, path);
    await mkdir(dirname(file), { recursive: true });
    if (typeof content === 'object' && 'link' in content) await symlink(content.link, file);
    else await writeFile(file, content);
  }
}

async function makeReadOnly(directory: string): Promise<void> {
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) await makeReadOnly(path);
    else if (entry.isFile()) await chmod(path, 0o444);
  }
  await chmod(directory, 0o555);
}
