import { createHash } from 'node:crypto';
import { chmodSync, lstatSync, mkdirSync, readdirSync, rmSync, statfsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A directory of ours for result files. */
export interface ResultPlace {
  readonly directory: string;
  /** There is enough of it for a result, and for some more. */
  hasRoom(): boolean;
  /** Removes what is in it. */
  sweep(): void;
  /** Removes the place itself, where it is not on the state volume. */
  leave(): void;
}

/** Others' directories are walked through, never listed. */
const MODE = 0o711;

/** What nobody but its owner may write to. */
const OTHERS_MAY_WRITE = 0o022;

/** statfs(2) */
const TMPFS_MAGIC = 0x01021994;
const MEMORY = '/dev/shm';

/** A result is at most 64 KiB; what a script writes beyond is not read. */
const ROOM_BYTES = 1024 * 1024;

/**
 * In memory, where the system has such a file system: a full or read-only state volume is nothing
 * to a script that writes its result there.
 *
 * @param stateDirectory whose place it is: its next supervisor finds it again.
 * @returns null where there is none, or where somebody else has taken the name.
 */
export function memoryPlace(stateDirectory: string): ResultPlace | null {
  const directory = memoryDirectory(stateDirectory);
  try {
    if (statfsSync(MEMORY).type !== TMPFS_MAGIC) return null;
    makeOurs(directory);
  } catch {
    return null;
  }
  return {
    ...placeIn(directory),
    hasRoom: () => {
      const { bavail, bsize } = statfsSync(MEMORY);
      return bavail * bsize >= ROOM_BYTES;
    },
    leave: () => rmSync(directory, { recursive: true, force: true }),
  };
}

function memoryDirectory(stateDirectory: string): string {
  const name = createHash('sha256').update(stateDirectory).digest('hex').slice(0, 16);
  return join(MEMORY, `gitcron-${name}`);
}

/** The longest path that a result file of this name may get, wherever there is room for it. */
export function longestResultPath(directory: string, name: string): string {
  const inMemory = join(memoryDirectory(dirname(directory)), name);
  const onDisk = join(directory, name);
  return inMemory.length > onDisk.length ? inMemory : onDisk;
}

/** On the state volume: for systems without another. */
export function diskPlace(directory: string): ResultPlace {
  return placeIn(directory);
}

function placeIn(directory: string): ResultPlace {
  return {
    directory,
    hasRoom: () => true,
    sweep() {
      mkdirSync(directory, { recursive: true, mode: MODE });
      // Without JOB_USER a job may have put anything there. Links are deleted, not followed.
      for (const name of readdirSync(directory)) {
        rmSync(join(directory, name), { recursive: true, force: true });
      }
    },
    leave: () => {},
  };
}

/** @throws when it is not ours alone. Anybody may make names in a directory for everybody. */
function makeOurs(directory: string): void {
  mkdirSync(directory, { recursive: true, mode: MODE });
  const found = lstatSync(directory);
  if (!found.isDirectory() || found.uid !== process.geteuid?.()) throw new Error('not ours');
  if ((found.mode & OTHERS_MAY_WRITE) !== 0) throw new Error('not ours alone');
  // Whatever the umask has taken away.
  chmodSync(directory, MODE);
}
