import { statfs } from 'node:fs/promises';
import { CodedError } from '@gitcron/base/coded-error';
import { GitFailure } from './git/run-git.ts';
import type { SyncSettings } from './settings.ts';

/**
 * git passes an errno on as strerror(3)'s text only, which LC_ALL=C holds still; and by the time it has
 * ended it has deleted what filled the disk.
 */
const FULL = [
  { code: 'ENOSPC', text: 'No space left on device' },
  { code: 'EDQUOT', text: 'Disk quota exceeded' },
] as const;
/** Below this a file system is full for git's purposes. */
const FULL_BELOW_BYTES = 1024 * 1024;

/** What a sync that was told to stop ends with. */
export function stoppedError(cause: unknown): CodedError {
  return new CodedError('GITCRON_E_STOPPED', 'The sync was stopped before it was finished.', {
    hint: 'Nothing to do: the next start goes on from what is published.',
    cause,
  });
}

/** Turns whatever stopped a sync into a sentence, a code and what to do. */
export async function explainFailure(error: unknown, settings: SyncSettings): Promise<CodedError> {
  if (error instanceof CodedError) return error;
  if (error instanceof GitFailure) return explainGit(error, settings);
  return explainLocal(error, settings);
}

async function explainGit(error: GitFailure, settings: SyncSettings): Promise<CodedError> {
  const { remote, silenceMs } = settings;
  if (error.end === 'not started') {
    return new CodedError(
      'GITCRON_E_GIT_MISSING',
      `The program ${error.program} cannot be started.`,
      {
        hint: `Install it (${error.program === 'gpg' ? 'Debian: gnupg' : 'git 2.34 or newer'}) and see that it is on PATH.`,
        cause: error.cause,
      },
    );
  }
  if (error.end === 'exit' && error.exitCode === null) {
    return new CodedError('GITCRON_E_GIT_KILLED', 'git was killed by the system.', {
      hint: 'It probably needed more memory than it may have: raise the limit (GIT_SYNC_MEMORY in the compose stack).',
      cause: error,
    });
  }
  if (!error.remote) return explainLocal(error, settings);
  if (error.end === 'silent') {
    return new CodedError(
      'GITCRON_E_REMOTE_SILENT',
      `The remote said nothing for ${silenceMs / 1000} seconds.`,
      {
        place: remote.url,
        hint: 'Check the network and the server. If it is only slow, raise GIT_SYNC_TIMEOUT.',
        cause: error,
      },
    );
  }
  if (error.stderr.includes('GITCRON_CREDENTIAL_REFUSED')) {
    return new CodedError('GITCRON_E_REMOTE_PASSWORD', 'The remote refused the password.', {
      place: remote.url,
      hint: 'Set GIT_SYNC_USERNAME and GIT_SYNC_PASSWORD to a token that may read the repository and has not expired. A changed GIT_SYNC_PASSWORD_FILE is used without a restart.',
      cause: error,
    });
  }
  if (error.stderr.includes('GITCRON_CREDENTIAL_MISSING')) {
    return new CodedError('GITCRON_E_REMOTE_PASSWORD', 'The remote asks for a password.', {
      place: remote.url,
      hint: 'Set GIT_SYNC_PASSWORD or GIT_SYNC_PASSWORD_FILE to a token that may read the repository. A wrong URL asks for one, too.',
      cause: error,
    });
  }
  if (await ranOutOfSpace(error, settings.root)) return diskFull(error, settings);
  return new CodedError('GITCRON_E_REMOTE_FAILED', 'The remote could not be read.', {
    place: remote.url,
    hint: REMOTE_HINTS[remote.transport],
    cause: error,
  });
}

const WEB_HINT = 'Check GIT_SYNC_REPO, the network and the server. It is tried again.';
const REMOTE_HINTS = {
  https: WEB_HINT,
  http: WEB_HINT,
  ssh: 'Check GIT_SYNC_REPO, the network, that GIT_SYNC_SSH_KEY_FILE is a key the server knows, and that GIT_SYNC_SSH_KNOWN_HOSTS_FILE holds the line that `ssh-keyscan HOST` prints for it.',
  file: 'Check that GIT_SYNC_REPO is the path of a git repository that this user can read.',
} as const;

async function explainLocal(error: unknown, settings: SyncSettings): Promise<CodedError> {
  if (await ranOutOfSpace(error, settings.root)) return diskFull(error, settings);
  // It reads what was listed a moment before; besides a full disk only a path can stop it.
  if (error instanceof GitFailure && error.command === 'git read-tree' && error.exitCode === 128) {
    return new CodedError('GITCRON_E_TREE_REFUSED', 'This commit holds a path that git refuses.', {
      place: settings.remote.url,
      hint: 'Such a path (.., .git) is not made by accident: see who pushed it. Take it out of the commit. What was published last stays in place.',
      cause: error,
    });
  }
  // Directories are made before it, and a file that it cannot write ends it with 1: a filter failed.
  if (
    error instanceof GitFailure &&
    error.command === 'git checkout-index' &&
    error.exitCode === 128
  ) {
    return new CodedError('GITCRON_E_LFS', 'A file of this commit could not be had from Git LFS.', {
      place: settings.remote.url,
      hint: 'Check that the LFS server can be reached and lets these credentials read, and that the file was pushed to it (git lfs push --all). If it is only slow, raise GIT_SYNC_TIMEOUT. What was published last stays in place.',
      cause: error,
    });
  }
  return new CodedError('GITCRON_E_VOLUME', 'The commit could not be written to the volume.', {
    place: settings.root,
    hint: 'Check that the volume is mounted, writable for this user and healthy. What was published last stays in place.',
    cause: error,
  });
}

function diskFull(cause: unknown, settings: SyncSettings): CodedError {
  return new CodedError('GITCRON_E_DISK_FULL', 'The volume is full.', {
    place: settings.root,
    hint: 'Make room, or lower GIT_SYNC_KEEP. What was published last stays in place.',
    cause,
  });
}

async function ranOutOfSpace(error: unknown, root: string): Promise<boolean> {
  if (error instanceof GitFailure && FULL.some(({ text }) => error.stderr.includes(text))) {
    return true;
  }
  if (error instanceof Error && 'code' in error)
    return FULL.some(({ code }) => code === error.code);
  const stats = await statfs(root).catch(() => null);
  if (stats === null) return false;
  // Some file systems have no inodes to count and say 0 of 0.
  const noInodes = stats.files > 0 && stats.ffree === 0;
  return noInodes || stats.bavail * stats.bsize < FULL_BELOW_BYTES;
}
