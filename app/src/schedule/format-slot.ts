import type { EpochMs } from '@gitcron/base/clock';
import { spanAt } from './expression/zone.ts';

/** An instant as the clocks of a zone show it: `Sun 2026-03-29 03:00:00 +02:00`. */
export function formatSlot(at: EpochMs, zone: string): string {
  const { offsetMs } = spanAt(zone, at);
  const wall = new Date(at + offsetMs);
  const weekday = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'][wall.getUTCDay()] ?? '';
  const [date = '', time = ''] = wall.toISOString().split('T');
  return `${weekday} ${date} ${time.slice(0, 8)} ${formatOffset(offsetMs)}`;
}

function formatOffset(offsetMs: number): string {
  const minutes = Math.round(Math.abs(offsetMs) / 60_000);
  return `${offsetMs < 0 ? '-' : '+'}${twoDigits(Math.floor(minutes / 60))}:${twoDigits(minutes % 60)}`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
