import type { Environment } from '../environment.ts';

/** Shorter values appear in innocent text, too: masking them would ruin it and hide nothing. */
export const MIN_SECRET_LETTERS = 8;

/** Members and parameters whose names say that the value is secret. */
const TELLING_NAME =
  /(?:pass(?:word|wd|phrase)?|pwd|secret|token|credentials?|signature|(?:api|private|access|secret|account)_?key)$|^(?:sig|auth|key)$/i;

/**
 * RFC 3986, section 3.2.1, and what people write: an @ or a / in the password as it is. What follows
 * the colon of a port is none.
 */
const USER_INFO = /^[a-z][a-z0-9+.-]*:\/\/(?:([^/?#]*)@|([^:@/]*:(?!\d*[/?#]).*)@)/i;

/** What stands in the place of a password where the user's name is the token, as Git hosts have it. */
const NO_PASSWORDS = new Set(['', 'x-oauth-basic']);

interface UserInfo {
  readonly user: string;
  /** Null when there is none. */
  readonly password: string | null;
}

/** As written: see `decoded`. Null for what is no URL with a user's name. */
function userInfo(url: string): UserInfo | null {
  const [found, strict, lenient] = USER_INFO.exec(url) ?? [];
  if (found === undefined) return null;
  const text = strict ?? lenient ?? '';
  const colon = text.indexOf(':');
  if (colon === -1) return { user: text, password: null };
  return { user: text.slice(0, colon), password: text.slice(colon + 1) };
}

/**
 * The password of a URL, decoded; null when there is none. One that is also the name of the user
 * or the database, as on many a developer's machine, is no secret: to hide it would only ruin text.
 */
export function passwordOfUrl(value: string): string | null {
  const { user = '', password = null } = userInfo(value) ?? {};
  if (password === null || password === '') return null;
  const database = /^[^?#]*\/([^?#]*)/.exec(value)?.[1];
  return password === user || password === database ? null : decoded(password);
}

/**
 * The secrets within a secret that is a URL or JSON, decoded: they appear without it, too. The
 * password of a URL is among them however short it is.
 */
export function secretParts(secret: string): string[] {
  return [...partsOfUrl(secret), ...partsOfJson(secret)];
}

function partsOfUrl(secret: string): string[] {
  if (!/^[a-z][a-z0-9+.-]*:/i.test(secret)) return [];
  const { user = '', password = null } = userInfo(secret) ?? {};
  const query = /\?([^#]*)/.exec(secret)?.[1] ?? '';
  const values = [...new URLSearchParams(query)].flatMap(([name, value]) =>
    TELLING_NAME.test(name) ? [value] : [],
  );
  const isToken = /^https?:/i.test(secret) && NO_PASSWORDS.has(password ?? '');
  const login = decoded(isToken ? user : (password ?? ''));
  return login === '' ? safe(values) : [login, ...safe(values)];
}

/** What is short is innocent more often than not: a secret may have many members. */
function safe(values: readonly string[]): string[] {
  return values.filter(({ length }) => length >= MIN_SECRET_LETTERS);
}

function partsOfJson(secret: string): string[] {
  if (!secret.trimStart().startsWith('{')) return [];
  try {
    return safe(tellingMembers(JSON.parse(secret)));
  } catch {
    return [];
  }
}

function tellingMembers(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]: [string, unknown]) =>
    typeof member === 'string' && TELLING_NAME.test(name) ? [member] : tellingMembers(member),
  );
}

/** A `%` that encodes nothing is part of the text. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Of any variable that holds URLs: databases, proxies, indexes of packages. */
export function passwordsInUrls(environment: Environment): string[] {
  return Object.values(environment).flatMap((value = '') =>
    value.includes('://') ? value.split(/\s+/).flatMap((url) => passwordOfUrl(url) ?? []) : [],
  );
}
