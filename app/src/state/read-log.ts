import { renameSync, rmSync } from 'node:fs';
import { isAbsence } from '@gitcron/base/absence';
import { readSmallFile } from './read-small.ts';

/**
 * Reads a log of the state volume that lines are appended to. What cannot be read makes room, as `….damaged`, for the one
 * that is begun: a directory in its place would refuse every line.
 * @param tell is told of that.
 * @returns null when there is none, or none that can be read.
 */
export function readLog(path: string, tell: (error: unknown) => void): string | null {
  try {
    return readSmallFile(path);
  } catch (error) {
    if (isAbsence(error)) return null;
    tell(error);
    setAside(path);
    return null;
  }
}

function setAside(path: string): void {
  const aside = `${path}.damaged`;
  try {
    rmSync(aside, { recursive: true, force: true });
    renameSync(path, aside);
  } catch {
    // A volume that cannot be written: who writes the log tells that.
  }
}
