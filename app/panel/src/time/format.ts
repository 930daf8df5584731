/** An instant as the contract has it: ISO 8601 in UTC. */
export type Iso = string;

const formats = new Map<string, Intl.DateTimeFormat>();

function format(name: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${name} ${JSON.stringify(options)}`;
  const made = formats.get(key) ?? new Intl.DateTimeFormat('sv-SE', { ...options, timeZone: name });
  formats.set(key, made);
  return made;
}

/** `2026-10-25 02:00:05`, and the offset too, since on one day of the year 02:00 comes twice. */
export function exactly(at: Iso, zone: string): string {
  const instant = new Date(at);
  const date = format(zone, { dateStyle: 'short', timeStyle: 'medium' }).format(instant);
  return `${date} ${offset(instant, zone)}`;
}

/** `02:00`. */
export function clockTime(at: Iso, zone: string): string {
  return format(zone, { timeStyle: 'short' }).format(new Date(at));
}

/** `02:00:05.123`. */
export function clockTimeMs(at: Iso, zone: string): string {
  return format(zone, {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    fractionalSecondDigits: 3,
  })
    .format(new Date(at))
    .replace(',', '.');
}

/** `2026-10-25`. */
export function day(at: Iso, zone: string): string {
  return format(zone, { dateStyle: 'short' }).format(new Date(at));
}

/** `+02:00`. */
function offset(instant: Date, zone: string): string {
  const parts = format(zone, { timeZoneName: 'longOffset' }).formatToParts(instant);
  const name = parts.find(({ type }) => type === 'timeZoneName')?.value ?? '';
  return name.replace(/^(?:GMT|UTC)/, '').replace('−', '-') || '+00:00';
}

const STEPS = [
  { unit: 'year', ms: 365 * 86_400_000 },
  { unit: 'month', ms: 30 * 86_400_000 },
  { unit: 'day', ms: 86_400_000 },
  { unit: 'hour', ms: 3_600_000 },
  { unit: 'minute', ms: 60_000 },
  { unit: 'second', ms: 1000 },
] as const;

const relative = new Intl.RelativeTimeFormat('en', { style: 'narrow', numeric: 'always' });

/** `in 11h`, `12h ago`, `now`. */
export function fromNow(at: Iso, now: number): string {
  const ms = Date.parse(at) - now;
  const step = STEPS.find(({ ms: size }) => Math.abs(ms) >= size);
  if (step === undefined) return 'now';
  return relative.format(Math.trunc(ms / step.ms), step.unit);
}
