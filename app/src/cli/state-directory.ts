import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readSettings, type Environment, type Settings } from '../config/settings.ts';
import { LOCAL_DIRECTORY, localDirectories } from '../local/local-directories.ts';

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
