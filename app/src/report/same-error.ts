import { tellingLine } from './telling-line.ts';

interface Failed {
  readonly status: string;
  readonly signal: string | null;
  readonly reason: string | null;
  readonly error: string | null;
}

/** What differs from one failure to the next though it is the same; from the longest to the shortest. */
const VARIES: readonly (readonly [RegExp, string])[] = [
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, '#'],
  // What `mktemp` and its kin invent, and whatever stands below it.
  [/(?:\/private)?\/(?:tmp|var\/tmp|var\/folders|dev\/shm|run)\/[^\s'":,)]+/g, '/tmp/#'],
  [/\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*\b,? ?/g, ''],
  [/\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\b/g, '#'],
  [/\d{4}-\d\d-\d\d[T ][\d:.,]+(?:Z|[+-]\d\d:?\d\d)?/g, '#'],
  // Ids: long words with digits in them, hexadecimal or not.
  [/\b(?=\w*\d)(?:[0-9a-f]{8,}|0x[0-9a-f]+|(?=\w*[A-Za-z])[0-9A-Za-z]{10,})\b/gi, '#'],
  // Durations and sizes, whatever the unit is this time.
  [/\b\d[\d.,]*\s?(?:ns|[µu]s|ms|s|secs?|seconds?|m|mins?|minutes?|h|hours?|days?)\b/gi, '#'],
  [/\b\d[\d.,]*\s?(?:[kmgt]i?b|bytes?|b)\b/gi, '#'],
  [/\d[\d.,:]*/g, '#'],
  [/\b(AM|PM|UTC|GMT)\b/g, ''],
  [/#(?:[\s./:-]*#)+/g, '#'],
  [/\s+/g, ' '],
];

/** Whether two runs failed alike, for people: by the line that says most, whatever numbers are in it. */
export function isSameError(one: Failed, other: Failed): boolean {
  return signatureOf(one) === signatureOf(other);
}

function signatureOf({ status, signal, reason, error }: Failed): string {
  // What it wrote last is not what ended it.
  if (status !== 'failed') return status;
  if (signal !== null) return `signal ${signal}`;
  // A reason is one of few sentences of ours, and its number is an exit code.
  if (error === null) return `reason ${reason}`;
  return VARIES.reduce(
    (line, [varies, by]) => line.replaceAll(varies, by),
    tellingLine(error),
  ).trim();
}
