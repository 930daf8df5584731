import { createHash } from 'node:crypto';

/**
 * The same for each supervisor of a state volume, of the shape of a run's id: whatever carries it is
 * one of its processes, also when the run that left it behind is long over.
 */
export function supervisorMark(runningFile: string): string {
  const hash = createHash('sha256').update(runningFile).digest('hex');
  return [
    hash.slice(0, 8),
    hash.slice(8, 12),
    hash.slice(12, 16),
    hash.slice(16, 20),
    hash.slice(20, 32),
  ].join('-');
}
