import { execFile } from 'node:child_process';
import { chmod, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** git as a developer has it, without this machine's configuration. */
const DEVELOPER_ENVIRONMENT = {
  PATH: process.env['PATH'] ?? '',
  HOME: '/nonexistent',
  LC_ALL: 'C',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  // No test commits enough to be tidied up, and git starts a program to find that out.
  GIT_CONFIG_COUNT: '1',
  GIT_CONFIG_KEY_0: 'maintenance.auto',
  GIT_CONFIG_VALUE_0: 'false',
  GIT_AUTHOR_NAME: 'Ann Lee',
  GIT_AUTHOR_EMAIL: 'ann@example.test',
  GIT_COMMITTER_NAME: 'Ann Lee',
  GIT_COMMITTER_EMAIL: 'ann@example.test',
  GIT_ALLOW_PROTOCOL: 'file',
};

/** What a commit does to a path: text, `null` to delete, or something with its kind. */
export type Change =
  | string
  | null
  | { readonly link: string }
  | { readonly script: string }
  | { readonly bytes: Buffer };

/** A repository that somebody commits to, and that Gitcron reads. */
export interface Origin {
  readonly path: string;
  git(...args: string[]): Promise<string>;
  /** git's own plumbing reads what no file can be: any bytes, any mode. */
  gitReads(input: string | Buffer, ...args: string[]): Promise<string>;
  /** @returns the new commit's hash. */
  commit(changes: Readonly<Record<string, Change>>, subject?: string): Promise<string>;
}

export async function createOrigin(
  path: string,
  format: 'sha1' | 'sha256' = 'sha1',
): Promise<Origin> {
  await mkdir(path, { recursive: true });
  const origin = originAt(path);
  await origin.git('init', '--quiet', '--initial-branch=main', `--object-format=${format}`);
  // As a server would be set up for the tests over http and for pushes from beside.
  await origin.git('config', 'http.receivepack', 'true');
  return origin;
}

/** From a shell: each program that a test starts itself costs a fork of all its memory. */
const COMMIT = `
git add --all
git commit --quiet --allow-empty --message="$1"
git rev-parse HEAD`;

/** A repository that is there already: one that Gitcron made, or a clone of the test's. */
export function originAt(path: string): Origin {
  const run = async (args: string[], input?: string | Buffer) => {
    const running = execute('git', args, { cwd: path, env: DEVELOPER_ENVIRONMENT });
    if (input !== undefined) running.child.stdin?.end(input);
    return (await running).stdout.trim();
  };
  const git = (...args: string[]) => run(args);
  return {
    path,
    git,
    gitReads: (input, ...args) => run(args, input),
    async commit(changes, subject = 'A change') {
      for (const [name, change] of Object.entries(changes)) await apply(join(path, name), change);
      const committing = execute('sh', ['-ec', COMMIT, 'sh', subject], {
        cwd: path,
        env: DEVELOPER_ENVIRONMENT,
      });
      return (await committing).stdout.trim();
    },
  };
}

async function apply(path: string, change: Change): Promise<void> {
  await rm(path, { recursive: true, force: true });
  if (change === null) return;
  await mkdir(dirname(path), { recursive: true });
  if (typeof change === 'string') return writeFile(path, change);
  if ('link' in change) return symlink(change.link, path);
  if ('bytes' in change) return writeFile(path, change.bytes);
  await writeFile(path, change.script);
  await chmod(path, 0o755);
}
