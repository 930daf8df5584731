import { existsSync } from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { readSettings, type Environment, type Settings } from '../config/settings.ts';
import { CodedError } from '../errors.ts';
import { LOCAL_DIRECTORY, localDirectories } from '../local/local-directories.ts';
import { stateVolume, type StateVolume } from '../release/state-volume.ts';

/**
 * The settings of a supervisor that a command wants to talk to: those of the environment or, in a
 * directory where `npm start` was used, those of the local mode.
 */
export function settingsOfSupervisor(environment: Environment, cwd: string): Settings {
  const local = localDirectories(join(cwd, LOCAL_DIRECTORY));
  const isLocal = !environment['STATE_DIR'] && existsSync(local.state);
  return readSettings(
    isLocal ? { ...environment, STATE_DIR: local.state, SOURCE_DIR: local.source } : environment,
  );
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
      hint: 'Start it; or set STATE_DIR to the directory it works in, or GITCRON_URL and GITCRON_TOKEN to reach one elsewhere.',
      cause,
    });
  }
  return { settings, volume };
}
