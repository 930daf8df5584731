import { readSettings as readSyncSettings, type ProgramSettings } from '@gitcron/git-sync/settings';
import { opendir, realpath } from 'node:fs/promises';
import { readSettings, type Settings } from '../config/settings.ts';
import { readTogether, type Environment } from '@gitcron/base/environment';
import { CodedError } from '@gitcron/base/coded-error';
import { checkSecrets } from '../secrets/secret-mask.ts';
import type { LocalDirectories } from './local-directories.ts';

export type LocalSource =
  | { readonly kind: 'demo' }
  | { readonly kind: 'repository'; readonly url: string; readonly branch: string | undefined }
  | { readonly kind: 'directory'; readonly path: string };

/** The settings of all that `gitcron up` starts. */
export interface LocalSettings {
  /** Without the embedded database, whose address is not known before it runs. */
  readonly supervisor: Settings;
  /** Null where a directory is run as it is. */
  readonly sync: ProgramSettings | null;
}

/**
 * @throws SettingsError with every mistake at once, also in settings that this source does not need.
 * @throws CodedError GITCRON_E_NO_DIRECTORY
 */
export async function readLocalSettings(
  source: LocalSource,
  directories: LocalDirectories,
  environment: Environment,
): Promise<LocalSettings> {
  const isDirectory = source.kind === 'directory';
  const code = isDirectory ? await realDirectory(source.path) : directories.source;
  const remote = remoteOf(source, directories, environment);
  const { supervisor, sync } = readTogether({
    supervisor: () =>
      readSettings({ ...environment, STATE_DIR: directories.state, SOURCE_DIR: code }),
    sync: () => readSyncSettings({ ...environment, ...remote, GIT_SYNC_ROOT: directories.source }),
    secrets: () => checkSecrets(environment),
  });
  return { supervisor, sync: isDirectory ? null : sync };
}

function remoteOf(
  source: LocalSource,
  { demo }: LocalDirectories,
  { GIT_SYNC_WAIT }: Environment,
): Environment {
  if (source.kind === 'repository') {
    const { url: GIT_SYNC_REPO, branch: GIT_SYNC_BRANCH } = source;
    return GIT_SYNC_BRANCH === undefined ? { GIT_SYNC_REPO } : { GIT_SYNC_REPO, GIT_SYNC_BRANCH };
  }
  // Nobody is on the other end of a network there, so a commit can be looked for every second.
  return { GIT_SYNC_REPO: demo, GIT_SYNC_WAIT: GIT_SYNC_WAIT || '1' };
}

async function realDirectory(path: string): Promise<string> {
  try {
    // Fails for a file, and for what may not be read.
    await (await opendir(path)).close();
    return await realpath(path);
  } catch (cause) {
    throw new CodedError('GITCRON_E_NO_DIRECTORY', 'This is no directory that can be read.', {
      place: path,
      hint: 'Give the existing directory of your scripts with --dir.',
      cause,
    });
  }
}
