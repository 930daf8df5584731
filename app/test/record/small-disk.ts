import { execFileSync } from 'node:child_process';
import {
  closeSync,
  mkdtempSync,
  openSync,
  rmdirSync,
  rmSync,
  statfsSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file system of its own that can be filled to the last byte. */
export interface SmallDisk {
  readonly path: string;
  fill(): void;
  /** Gives back what `fill` took. */
  relieve(): void;
  /**
   * From now on nothing more can be opened for writing, as after an error of the disk. What is open
   * already can go on: the kernel lets nobody else make a file system in use read-only.
   */
  makeReadOnly(): void;
  remove(): void;
}

/** Whether this process may mount: root, with the capability for it. */
export const canMount = ((): boolean => {
  try {
    mountSmallDisk(1).remove();
    return true;
  } catch {
    return false;
  }
})();

export function mountSmallDisk(mebibytes: number): SmallDisk {
  const path = mkdtempSync(join(tmpdir(), 'gitcron-disk-'));
  try {
    const size = `size=${mebibytes}m,mode=0755`;
    execFileSync('mount', ['-t', 'tmpfs', '-o', size, 'tmpfs', path], { stdio: 'ignore' });
  } catch (error) {
    rmdirSync(path);
    throw error;
  }
  let mounts = 1;
  const ballast = join(path, 'ballast');
  return {
    path,
    fill() {
      const file = openSync(ballast, 'w');
      try {
        const block = Buffer.alloc(4096);
        while (statfsSync(path).bavail > 0) writeSync(file, block);
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
      } finally {
        closeSync(file);
      }
    },
    relieve: () => rmSync(ballast, { force: true }),
    makeReadOnly() {
      execFileSync('mount', ['--bind', path, path]);
      mounts += 1;
      execFileSync('mount', ['-o', 'remount,bind,ro', path]);
    },
    remove() {
      // Lazily: a process that was killed may not be gone altogether.
      for (; mounts > 0; mounts -= 1) execFileSync('umount', ['--lazy', path]);
      rmdirSync(path);
    },
  };
}
