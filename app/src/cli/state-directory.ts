import { existsSync } from 'node:fs';
import { access } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readSettings, type Settings } from '../config/settings.ts';
import type { Environment } from '@gitcron/base/environment';
import { CodedError } from '@gitcron/base/coded-error';
import {
  LOCAL_DIRECTORY,
  localDirectories,
  type LocalDirectories,
} from '../local/local-directories.ts';
import { stateVolume, type StateVolume } from '../release/state-volume.ts';

/**
 * The settings of a supervisor that a command wants to talk to: those of the environment or, in or
 * below a directory where `npm start` was used, those of the local mode.
 */
export function settingsOfSupervisor(environment: Environment, cwd: string): Settings {
  const { STATE_DIR: given } = environment;
  const local = given ? localModeIn(given) : localModeAround(cwd);
  return readSettings(
    local === null
      ? environment
      : { ...environment, STATE_DIR: local.state, SOURCE_DIR: local.source },
  );
}

/** What `--state` names for `npm start`, which has a state volume in it and is none. */
function localModeIn(directory: string): LocalDirectories | null {
  const local = localDirectories(directory);
  return existsSync(local.state) && !existsSync(stateVolume(local.root).releases) ? local : null;
}

/** As git finds its repository: here or further up. */
function localModeAround(directory: string): LocalDirectories | null {
  const parent = dirname(directory);
  const here = localModeIn(join(directory, LOCAL_DIRECTORY));
  return here ?? (parent === directory ? null : localModeAround(parent));
}

/**
 * The state volume of that supervisor, which need not run.
 * @throws CodedError GITCRON_E_NO_STATE where none has worked yet.
 */
export async function volumeOfSupervisor(
  environment: Environment,
  cwd: string,
): Promise<{ settings: Settings; volume: StateVolume }> {
  const settings = settingsOfSupervisor(environment, cwd);
  const volume = stateVolume(settings.STATE_DIR);
  try {
    await access(volume.releases);
  } catch (cause) {
    throw new CodedError('GITCRON_E_NO_STATE', 'No supervisor has worked here yet.', {
      place: volume.root,
      hint: 'Start it (the stack: docker compose up -d). Outside of the stack STATE_DIR has to name the directory it works in; GITCRON_URL and GITCRON_TOKEN reach one elsewhere.',
      cause,
    });
  }
  return { settings, volume };
}
