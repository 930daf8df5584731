import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { STATE_FILES } from '../state/inventory.ts';
import { ensureStateDirectory, unusableStateDirectory } from '../state/state-directory.ts';

/** Where everything of the state volume is. Only the supervisor writes there. */
export interface StateVolume {
  readonly root: string;
  /** `<revision>/` is a release, `<revision>.json` what is known of it. */
  readonly releases: string;
  /** `<hash>/` holds the dependencies that a manifest and its lockfile stand for. */
  readonly dependencies: string;
  /** The link to the active release. */
  readonly current: string;
  /** The hashes in force, as `sha256sum` writes and checks them. */
  readonly packageHash: string;
  readonly crontabHash: string;
  /** The crontab in force. */
  readonly runtimeCrontab: string;
  /** The release that somebody rolled back to. */
  readonly pin: string;
  /** Which source the supervisor follows: what a pin made while it is down is measured by. */
  readonly followedSource: string;
  /** When the supervisor last showed that it lives. */
  readonly heartbeat: string;
}

export function stateVolume(root: string): StateVolume {
  return {
    root,
    releases: join(root, 'releases'),
    dependencies: join(root, 'deps'),
    current: join(root, 'current'),
    packageHash: join(root, 'package.sha256'),
    crontabHash: join(root, 'crontab.sha256'),
    runtimeCrontab: join(root, 'crontab.runtime.txt'),
    pin: join(root, STATE_FILES.pin.name),
    followedSource: join(root, STATE_FILES.followedSource.name),
    heartbeat: join(root, STATE_FILES.heartbeat.name),
  };
}

/** Jobs run in there as another user. */
const OPEN_TO_JOBS = 0o755;

/** @throws CodedError GITCRON_E_STATE_DIRECTORY */
export async function createStateVolume(volume: StateVolume): Promise<void> {
  await ensureStateDirectory(volume.root, OPEN_TO_JOBS);
  try {
    for (const directory of [volume.releases, volume.dependencies]) {
      await mkdir(directory, { recursive: true });
      // Whatever the umask is.
      await chmod(directory, OPEN_TO_JOBS);
    }
  } catch (cause) {
    throw unusableStateDirectory(volume.root, cause);
  }
}

/** Half-made things carry this prefix until a rename makes them whole. */
export const UNFINISHED = '.unfinished-';
