import type { RunView } from '../../../src/api/run.ts';
import { clockTimeMs } from '../time/format.ts';
import { useZone } from '../time/zone.tsx';

/** What stands before each line. */
export const TIMES = ['none', 'time', 'since start'] as const;
export type Times = (typeof TIMES)[number];

/** @returns null for nothing. */
export function useTimeOf(times: Times, run: RunView): ((at: string) => string) | null {
  const { name } = useZone();
  switch (times) {
    case 'none':
      return null;
    case 'time':
      return (at) => clockTimeMs(at, name);
    case 'since start':
      return (at) => sinceStart(Date.parse(at) - Date.parse(run.startedAt ?? run.queuedAt));
    default:
      return times satisfies never;
  }
}

/** `1:02:03.456`. */
function sinceStart(ms: number): string {
  const seconds = Math.max(0, ms) / 1000;
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const rest = (seconds % 60).toFixed(3).padStart(6, '0');
  return `${hours === 0 ? '' : `${hours}:`}${String(minutes).padStart(2, '0')}:${rest}`;
}
