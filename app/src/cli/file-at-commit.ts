import { execa } from 'execa';
import { CodedError } from '@gitcron/base/coded-error';

/**
 * The commit that a ref resolves to in the repository around a directory.
 * @throws CodedError when there is none.
 */
export async function commitOf(directory: string, ref: string): Promise<string> {
  const found = await git(directory, [
    'rev-parse',
    '--verify',
    '--quiet',
    '--end-of-options',
    `${ref}^{commit}`,
  ]);
  if (found.exitCode === 0) return found.stdout.toString().trim();
  throw new CodedError('GITCRON_E_REF', `There is no commit ${ref} to compare with.`, {
    place: directory,
    hint: 'Fetch it first: git fetch origin main. On GitHub set fetch-depth: 0 at actions/checkout.',
    cause: new Error(
      found.stderr.toString().trim() || `git rev-parse ended with ${found.exitCode}`,
    ),
  });
}

/** A file as it was in a commit, by its path relative to the directory; null when it was not there. */
export async function fileAt(
  directory: string,
  commit: string,
  path: string,
): Promise<Buffer | null> {
  const blob = `${commit}:./${path}`;
  const exists = await git(directory, ['cat-file', '-e', blob]);
  if (exists.exitCode !== 0) return null;
  const shown = await git(directory, ['cat-file', 'blob', blob]);
  if (shown.exitCode === 0) return shown.stdout;
  throw new CodedError('GITCRON_E_GIT', `Git cannot show ${path} of ${commit}.`, {
    place: directory,
    hint: 'Is the clone complete? Try git fsck.',
    cause: new Error(shown.stderr.toString().trim()),
  });
}

interface GitResult {
  readonly exitCode: number;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

async function git(directory: string, args: readonly string[]): Promise<GitResult> {
  const result = await execa('git', args, {
    cwd: directory,
    encoding: 'buffer',
    reject: false,
    stripFinalNewline: false,
  });
  if (result.exitCode === undefined) {
    throw new CodedError('GITCRON_E_GIT', 'Git could not be run.', {
      place: directory,
      hint: 'Install git; --against needs it.',
      cause: result.cause,
    });
  }
  const { exitCode, stdout, stderr } = result;
  return { exitCode, stdout: Buffer.from(stdout), stderr: Buffer.from(stderr) };
}
