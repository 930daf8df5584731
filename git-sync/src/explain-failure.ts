import { GitPluginError } from 'simple-git';
import { CodedError } from '@gitcron/base/coded-error';
import { diskFull, isForWantOfSpace } from './disk-space.ts';
import { explainSsh } from './explain-ssh.ts';
import { explainNoRef, explainWeb } from './explain-web.ts';
import { GitFailure } from './git/run-git.ts';
import type { SyncSettings } from './settings.ts';

/** What a sync that was told to stop ends with. */
export function stoppedError(cause: unknown): CodedError {
  return new CodedError('GITCRON_E_STOPPED', 'The sync was stopped before it was finished.', {
    hint: 'Nothing to do: the next start goes on from what is published.',
    cause,
  });
}

/** For what was never to happen. */
export function faultOfOurs(cause: unknown): CodedError {
  return new CodedError('GITCRON_E_INTERNAL', 'The sync failed by a fault of git-sync.', {
    hint: 'It is tried again, and what was published last stays in place. Please report it with the lines of the log.',
    cause,
  });
}

/** The submodule that was in the works: where it is in the tree, and where it comes from. */
export interface FailedSubmodule {
  readonly at: string;
  readonly url: string | null;
}

/**
 * Turns whatever stopped a sync into a sentence, a code and what to do.
 *
 * @param about.submodule the one it happened to; else it was the main repository.
 * @param about.signal ends what has to be asked for it.
 */
export async function explainFailure(
  error: unknown,
  settings: SyncSettings,
  about: { readonly submodule?: FailedSubmodule; readonly signal?: AbortSignal } = {},
): Promise<CodedError> {
  const { submodule = null, signal } = about;
  if (error instanceof CodedError) {
    const isOfMain = submodule === null && error.code === 'GITCRON_E_REF_NOT_FOUND';
    return isOfMain ? explainNoRef(settings, error, signal) : error;
  }
  if (stoodStill(error)) return stuck(error, settings);
  if (!(error instanceof GitFailure)) {
    if (await isForWantOfSpace(error, settings.root)) return diskFull(settings.root, error);
    const isOfSystem = error instanceof Error && 'code' in error;
    return submodule === null || isOfSystem
      ? volumeTrouble(error, settings)
      : submoduleTrouble(error, submodule);
  }
  const ofProgram = explainProgram(error);
  if (ofProgram !== null) return ofProgram;
  if (!error.remote) return explainLocal(error, settings, submodule);
  const explained = submodule === null ? explainRemote(error, settings) : null;
  if (explained !== null) return explained;
  if (await isForWantOfSpace(error, settings.root)) return diskFull(settings.root, error);
  if (submodule !== null) return submoduleTrouble(error, submodule);
  const { url, transport } = settings.remote;
  const asked =
    (await explainWeb(settings, error, signal)) ?? (await explainSsh(settings, error, signal));
  if (asked !== null) return asked;
  return new CodedError('GITCRON_E_REMOTE_FAILED', 'The remote could not be read.', {
    place: url,
    hint: REMOTE_HINTS[transport],
    cause: error,
  });
}

function stoodStill(error: unknown): boolean {
  if (error instanceof GitFailure) return error.end === 'silent' && !error.remote;
  return error instanceof GitPluginError && error.plugin === 'timeout';
}

function stuck(cause: unknown, { root }: SyncSettings): CodedError {
  const what = cause instanceof GitFailure ? cause.command : 'git';
  return new CodedError(
    'GITCRON_E_GIT_STUCK',
    `${what} stood still and was ended: it waited for this machine’s disk, or for another program.`,
    {
      place: root,
      hint: 'See whether the disk under the volume answers (dmesg, df). If it is only slow, raise GIT_SYNC_TIMEOUT. It is tried again, and what was published last stays in place.',
      cause,
    },
  );
}

function explainProgram(error: GitFailure): CodedError | null {
  if (error.end === 'not started') {
    const name = error.program === 'gpg' ? 'Debian: gnupg' : 'git 2.34 or newer';
    return new CodedError(
      'GITCRON_E_GIT_MISSING',
      `The program ${error.program} cannot be started.`,
      {
        hint: `Install it (${name}) and see that it is on PATH.`,
        cause: error.cause,
      },
    );
  }
  if (error.end !== 'exit' || error.exitCode !== null) return null;
  return new CodedError('GITCRON_E_GIT_KILLED', 'git was killed by the system.', {
    hint: 'It probably needed more memory than it may have: raise the limit (GIT_SYNC_MEMORY in the compose stack).',
    cause: error,
  });
}

/** What the main remote is known to have meant; null when it is not. */
function explainRemote(error: GitFailure, settings: SyncSettings): CodedError | null {
  const { remote, silenceMs } = settings;
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
  if (error.stderr.includes(CREDENTIAL_REFUSED)) {
    return new CodedError('GITCRON_E_REMOTE_PASSWORD', 'The remote refused the password.', {
      place: remote.url,
      hint: 'Set GIT_SYNC_USERNAME and GIT_SYNC_PASSWORD to a token that may read the repository and has not expired. A changed GIT_SYNC_PASSWORD_FILE is used without a restart.',
      cause: error,
    });
  }
  if (error.stderr.includes(CREDENTIAL_MISSING)) {
    return new CodedError('GITCRON_E_REMOTE_PASSWORD', 'The remote asks for a password.', {
      place: remote.url,
      hint: 'Set GIT_SYNC_PASSWORD or GIT_SYNC_PASSWORD_FILE to a token that may read the repository. A wrong URL asks for one, too.',
      cause: error,
    });
  }
  return null;
}

/** What credential-helper.sh says. */
const CREDENTIAL_REFUSED = 'GITCRON_CREDENTIAL_REFUSED';
const CREDENTIAL_MISSING = 'GITCRON_CREDENTIAL_MISSING';

const WEB_HINT =
  'Check GIT_SYNC_REPO, the network and the server. Where a proxy is the way out, set HTTPS_PROXY (or HTTP_PROXY, for http://). It is tried again.';
const REMOTE_HINTS = {
  https: `${WEB_HINT} If the server’s certificate is of an authority of your own, set GIT_SYNC_CA_FILE.`,
  http: WEB_HINT,
  ssh: 'Check GIT_SYNC_REPO, the network, that GIT_SYNC_SSH_KEY_FILE is a key the server knows, and that GIT_SYNC_SSH_KNOWN_HOSTS_FILE holds the line that `ssh-keyscan HOST` prints for it.',
  file: 'Check that GIT_SYNC_REPO is the path of a git repository that this user can read.',
} as const;

function submoduleTrouble(error: unknown, { at, url }: FailedSubmodule): CodedError {
  const stderr = error instanceof GitFailure ? error.stderr : '';
  const what = `The submodule “${at}” could not be fetched`;
  const ending = 'The commit is published when all of it is there.';
  const [sentence, hint] = stderr.includes(CREDENTIAL_REFUSED)
    ? [`${what}: its server refused the password.`, 'Let these credentials read it, too.']
    : stderr.includes(CREDENTIAL_MISSING)
      ? [
          `${what}: its server asks for a password.`,
          'The password goes to the server of GIT_SYNC_REPO only, so this one has to be readable without: see whether the URL is right, have the submodule on the same server, or use ssh.',
        ]
      : [
          `${what}.`,
          'Check that this URL can be read with the same credentials, or set GIT_SYNC_SUBMODULES=off.',
        ];
  return new CodedError('GITCRON_E_SUBMODULE', sentence, {
    place: url ?? '.gitmodules',
    hint: `${hint} ${ending}`,
    cause: error,
  });
}

async function explainLocal(
  error: GitFailure,
  settings: SyncSettings,
  submodule: FailedSubmodule | null,
): Promise<CodedError> {
  if (await isForWantOfSpace(error, settings.root)) return diskFull(settings.root, error);
  const place = submodule?.url ?? settings.remote.url;
  const whose = submodule === null ? 'this commit' : `the submodule “${submodule.at}”`;
  // It reads what was listed a moment before, so only a path can stop it: see `readTree`.
  if (error.command === 'git read-tree' && error.exitCode === 128) {
    return new CodedError('GITCRON_E_TREE_REFUSED', `A path in ${whose} is one that git refuses.`, {
      place,
      hint: 'Such a path (.., .git) is not made by accident: see who pushed it. Take it out of the commit. What was published last stays in place.',
      cause: error,
    });
  }
  // Directories are made before it, and a file that it cannot write ends it with 1: a filter failed.
  if (error.command === 'git checkout-index' && error.exitCode === 128) {
    return new CodedError('GITCRON_E_LFS', `A file of ${whose} could not be had from Git LFS.`, {
      place,
      hint: 'Check that the LFS server can be reached and lets these credentials read, and that the file was pushed to it (git lfs push --all). If it is only slow, raise GIT_SYNC_TIMEOUT. What was published last stays in place.',
      cause: error,
    });
  }
  return volumeTrouble(error, settings);
}

function volumeTrouble(cause: unknown, settings: SyncSettings): CodedError {
  return new CodedError('GITCRON_E_VOLUME', 'The commit could not be written to the volume.', {
    place: settings.root,
    hint: 'Check that the volume is mounted, writable for this user and healthy. What was published last stays in place.',
    cause,
  });
}
