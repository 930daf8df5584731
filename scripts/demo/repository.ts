import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { globSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import type { EpochMs } from '@gitcron/base/clock';
import type { RevisionChanges } from '../../app/src/api/plan.ts';
import { firstOf, PLAN_LIMITS } from '../../app/src/api/plan.ts';
import { COMMITS, treesOf } from './commits.ts';

const DAY_MS = 86_400_000;

/** A commit that is in the repository. */
export interface MadeCommit {
  readonly revision: string;
  readonly subject: string;
  readonly author: string;
  readonly at: EpochMs;
  readonly files: ReadonlyMap<string, string>;
  /** Null for the first. */
  readonly changes: RevisionChanges | null;
}

/** Makes the demo's repository out of its newest files, with all its commits before the midnight of today. */
export async function makeRepository(
  directory: string,
  newest: string,
  today: EpochMs,
): Promise<MadeCommit[]> {
  const names = globSync('**/*.*', { cwd: newest });
  const files = new Map<string, string>();
  for (const name of names) files.set(name, await readFile(join(newest, name), 'utf8'));
  await mkdir(directory);
  await git(directory, {}, 'init', '--quiet', '--initial-branch=main');
  const made: MadeCommit[] = [];
  for (const [index, tree] of treesOf(files).entries()) {
    const commit = COMMITS[index];
    if (commit === undefined) break;
    const { subject, author, daysAgo } = commit;
    const at = today - daysAgo * DAY_MS;
    await writeTree(directory, tree);
    await git(directory, {}, 'add', '--all');
    await git(directory, identity(author, at), 'commit', '--quiet', '--message', subject);
    const revision = await git(directory, {}, 'rev-parse', 'HEAD');
    const before = made.at(-1);
    const changes = before
      ? await changesSince(directory, before, { revision, subject, author, at })
      : null;
    made.push({ revision, subject, author, at, files: tree, changes });
  }
  return made;
}

async function writeTree(directory: string, tree: ReadonlyMap<string, string>): Promise<void> {
  for (const [name, content] of tree) {
    await mkdir(dirname(join(directory, name)), { recursive: true });
    await writeFile(join(directory, name), content);
  }
  for (const name of globSync('**/*.*', { cwd: directory })) {
    if (!tree.has(name) && !name.startsWith('.git')) await rm(join(directory, name));
  }
}

const CHANGES = { A: 'added', M: 'modified', D: 'deleted' } as const;

async function changesSince(
  directory: string,
  before: MadeCommit,
  { revision, subject, author, at }: Pick<MadeCommit, 'revision' | 'subject' | 'author' | 'at'>,
): Promise<RevisionChanges> {
  const status = await git(directory, {}, 'diff', '--name-status', before.revision, revision);
  const files = status.split('\n').flatMap((line) => {
    const [letter = '', path = ''] = line.split('\t');
    const change = letter === 'A' || letter === 'M' || letter === 'D' ? CHANGES[letter] : null;
    return change === null ? [] : [{ path, change }];
  });
  const count = (change: string): number => files.filter((file) => file.change === change).length;
  const commit = { hash: revision, subject, author, committedAt: new Date(at).toISOString() };
  return {
    from: before.revision,
    added: count('added'),
    modified: count('modified'),
    deleted: count('deleted'),
    files: firstOf(files, PLAN_LIMITS.files),
    commits: firstOf([commit], PLAN_LIMITS.commits),
  };
}

function identity(author: string, at: EpochMs): Record<string, string> {
  const email = `${author.split(' ')[0]?.toLowerCase()}@example.com`;
  const date = new Date(at).toISOString();
  return {
    GIT_AUTHOR_NAME: author,
    GIT_AUTHOR_EMAIL: email,
    GIT_AUTHOR_DATE: date,
    GIT_COMMITTER_NAME: author,
    GIT_COMMITTER_EMAIL: email,
    GIT_COMMITTER_DATE: date,
  };
}

/** Nothing of the user's own git set-up takes part. */
async function git(
  cwd: string,
  environment: Readonly<Record<string, string>>,
  ...args: string[]
): Promise<string> {
  const env = {
    PATH: process.env['PATH'],
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    ...environment,
  };
  const { stdout } = await execa('git', args, { cwd, env, extendEnv: false, stdin: 'ignore' });
  return stdout;
}
