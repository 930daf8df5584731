import { expect, test } from 'vitest';
import { instantOf } from '../../src/schedule/expression/next-slot.ts';
import { spanAt } from '../../src/schedule/expression/zone.ts';

const DAY_MS = 86_400_000;

function platformOffset(format: Intl.DateTimeFormat, at: number): number {
  const [, sign, hours, minutes, seconds = '0'] =
    /GMT([+-])(\d+):(\d+)(?::(\d+))?$/.exec(format.format(at)) ?? [];
  const total = Number(hours ?? 0) * 3600 + Number(minutes ?? 0) * 60 + Number(seconds);
  return (sign === '-' ? -1 : 1) * total * 1000;
}

test('every zone has the offsets that the platform says, looked at every six days', () => {
  const wrong: string[] = [];
  for (const zone of Intl.supportedValuesOf('timeZone')) {
    const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });
    for (let at = Date.UTC(2006, 0, 1); at < Date.UTC(2016, 0, 1); at += 6 * DAY_MS) {
      // Adding 0 makes 0 of -0.
      if (spanAt(zone, at).offsetMs + 0 !== platformOffset(format, at) + 0) {
        wrong.push(`${zone} ${new Date(at).toISOString()}`);
      }
    }
  }
  expect(wrong).toEqual([]);
});

test('the week of summer time in Boa Vista, the shortest there was', () => {
  const hours = [
    '2000-10-08T03:59:59Z',
    '2000-10-08T04:00:00Z',
    '2000-10-15T02:59:59Z',
    '2000-10-15T03:00:00Z',
  ];
  const offsets = hours.map(
    (iso) => spanAt('America/Boa_Vista', Date.parse(iso)).offsetMs / 3_600_000,
  );
  expect(offsets).toEqual([-4, -3, -3, -4]);
});

test.each([
  ['in summer', '2026-07-01T12:00:00Z', 'Europe/Berlin', '2026-07-01T10:00:00Z'],
  ['in a gap: its end', '2026-03-29T02:30:00Z', 'Europe/Berlin', '2026-03-29T01:00:00Z'],
  [
    'in a repeated hour: the first',
    '2026-10-25T02:30:00Z',
    'Europe/Berlin',
    '2026-10-25T00:30:00Z',
  ],
  ['east of everything', '2026-01-01T00:00:00Z', 'Pacific/Kiritimati', '2025-12-31T10:00:00Z'],
])('a wall time %s', (_what, wall, zone, instant) => {
  expect(new Date(instantOf(Date.parse(wall), zone)).toISOString()).toBe(
    instant.replace('Z', '.000Z'),
  );
});
