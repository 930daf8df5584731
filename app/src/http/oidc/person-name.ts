import type { Claims } from './role.ts';

const MOST_LETTERS = 64;

/**
 * How the record names a person: `user ann`. What they are called at their provider comes first, which
 * is what colleagues know them by; then their address, their full name, and at last their number there.
 *
 * `user` always stands in front: whatever somebody calls themselves, they are neither
 * `administrator` nor `token deploy` nor `command line`.
 */
export function personName(claims: Claims): string {
  const email = claims['email_verified'] === false ? undefined : claims['email'];
  const names = [claims['preferred_username'], email, claims['name'], claims['sub']].map(plain);
  return `user ${names.find((name) => name !== '') ?? 'without a name'}`;
}

/** Whether there is more to call somebody by than a number. */
export function hasName(claims: Claims): boolean {
  return ['preferred_username', 'email', 'name'].some((name) => plain(claims[name]) !== '');
}

/** One line of what can be seen: nothing that hides, turns round or breaks what stands beside it. */
function plain(value: unknown): string {
  if (typeof value !== 'string') return '';
  const seen = value.normalize('NFC').replaceAll(/\p{C}/gu, '').replaceAll(/\s+/gu, ' ').trim();
  // Not in the middle of a pair.
  return seen.slice(0, MOST_LETTERS).replace(/\p{Cs}$/u, '');
}
