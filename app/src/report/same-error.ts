import { tellingLine } from './telling-line.ts';

interface Failed {
  readonly reason: string | null;
  readonly error: string | null;
}

/** What differs from one failure to the next though it is the same: times, ids, counts, addresses. */
const VARIES = /\b(?=\w*\d)[0-9a-f]{8,}\b|\d+/gi;

/** Whether two runs failed alike, for people: by the line that says most, whatever numbers are in it. */
export function isSameError(one: Failed, other: Failed): boolean {
  return signatureOf(one) === signatureOf(other);
}

function signatureOf({ reason, error }: Failed): string {
  // A reason is one of few sentences of ours, and its number is an exit code.
  return error === null ? `reason ${reason}` : tellingLine(error).replaceAll(VARIES, '0');
}
