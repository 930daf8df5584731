import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One of our own limits by its name in `/proc/self/limits` (proc_pid_limits(5)); Infinity where there is none. */
export function softLimit(name: string, root = '/'): number {
  let limits = '';
  try {
    limits = readFileSync(join(root, 'proc/self/limits'), 'utf8');
  } catch {
    // Another system.
  }
  const [, value] = new RegExp(`^${name} +(\\d+)`, 'm').exec(limits) ?? [];
  return value === undefined ? Number.POSITIVE_INFINITY : Number(value);
}
