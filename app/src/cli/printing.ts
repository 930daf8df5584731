import prettyMs from 'pretty-ms';
import { systemTimeZone } from '../config/time-zone.ts';

/** For programs: the same names in every version, a value a line for `jq`. */
export function printJson(value: unknown): void {
  console.log(JSON.stringify(value, null, 2));
}

/** An instant as a person reads it, in the zone of whoever asks: `2026-11-21 08:35:15`. */
export function localTime(iso: string | null): string {
  if (iso === null) return '-';
  const date = new Date(iso);
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** The same in a sentence, where no head of a column names the zone. */
export function zonedTime(iso: string | null): string {
  return iso === null ? '-' : `${localTime(iso)} ${systemTimeZone()}`;
}

/** The head of a table's first column of times, which says for all of them where it is so late. */
export function withZone(head: string): string {
  return `${head} (${systemTimeZone()})`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

export function duration(ms: number | null): string {
  return ms === null ? '-' : prettyMs(ms, { secondsDecimalDigits: 1 });
}

/** Texts come from scripts and commits: they must not move the cursor or change the colors. */
export function plain(text: string | null): string {
  return (text ?? '').replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ');
}

export function shorten(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}
