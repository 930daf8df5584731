import { digitsOf } from '@gitcron/base/lossless-json';

type Params = Record<string, unknown> | null;

/** Parameters without secrets, in their names and in values of any kind. */
export function maskParams(params: Params, maskText: (text: string) => string): Params {
  return params === null ? null : maskMembers(params, maskText);
}

/** The same object without secrets: in names, and in values of any kind. */
export function maskMembers(
  members: object,
  maskText: (text: string) => string,
): Record<string, unknown> {
  const entries: [string, unknown][] = Object.entries(members);
  return Object.fromEntries(
    entries.map(([name, value]) => [maskText(name), maskValue(value, maskText)]),
  );
}

/** Value by value: in their JSON a mask could replace a number, or half of an escape. */
function maskValue(value: unknown, maskText: (text: string) => string): unknown {
  if (typeof value === 'string') return maskText(value);
  const digits = digitsOf(value);
  if (digits !== null) {
    const masked = maskText(digits);
    return masked === digits ? value : masked;
  }
  if (Array.isArray(value)) return value.map((one: unknown) => maskValue(one, maskText));
  return typeof value === 'object' && value !== null ? maskMembers(value, maskText) : value;
}
