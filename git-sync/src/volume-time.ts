import { lstatSync, rmSync, writeFileSync } from 'node:fs';
import { scratchPath, type Volume } from './volume.ts';

/** The time by the clock of the volume's file system, as ctime has it. */
export function volumeTime(volume: Volume): number {
  const path = scratchPath(volume, 'time');
  writeFileSync(path, '');
  try {
    return lstatSync(path).ctimeMs;
  } finally {
    rmSync(path, { force: true });
  }
}

/** Kernels count file times in steps of 1 to 10 ms; some file systems in seconds, for which nobody waits. */
const LONGEST_STEP_MS = 25;

/**
 * A time that no change made until now is behind, and every later one is: returns when the clock of
 * file times has moved on.
 */
export function volumeTimeBehindUs(volume: Volume): number {
  const time = volumeTime(volume);
  const deadline = performance.now() + LONGEST_STEP_MS;
  while (volumeTime(volume) === time && performance.now() < deadline);
  return time;
}
