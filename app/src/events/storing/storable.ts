import type { EpochMs } from '@gitcron/base/clock';

/** Postgres stores neither NUL nor half a surrogate pair in a text. */
export function storable<Text extends string | null>(text: Text): Text;
export function storable(text: string | null): string | null {
  return text === null ? null : text.replaceAll('\0', '\u2400').toWellFormed();
}

/** An instant as Postgres reads it, to the millisecond. */
export function instant(at: EpochMs): string {
  return new Date(at).toISOString();
}
