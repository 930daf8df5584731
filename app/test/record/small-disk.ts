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
    remove() {
      // Lazily: a process that was killed may not be gone altogether.
      execFileSync('umount', ['--lazy', path]);
      rmdirSync(path);
    },
  };
}
