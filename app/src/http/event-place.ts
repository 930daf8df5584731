import type { EventPlace } from '../record/history/events.ts';

/** Milliseconds since 1970, the position in a journal, and the journal. */
export const EVENT_PLACE = /^(\d{1,15})-(\d{1,15})-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

export function eventPlaceOf(text: string | undefined): EventPlace | undefined {
  const [, at, position, segment] = EVENT_PLACE.exec(text ?? '') ?? [];
  if (segment === undefined) return undefined;
  return { at: Number(at), position: Number(position), segment };
}

export function eventCursor({ at, position, segment }: EventPlace): string {
  return `${at}-${position}-${segment}`;
}
