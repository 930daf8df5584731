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

/** That of libpq's parameters, too: `postgresql:///name?host=/run/postgresql&password=…`. */
function passwordsOfUrl(url: string): string[] {
  const password = passwordOfUrl(url);
  const others = url.includes('://') ? secretsInQuery(url) : [];
  return password === null ? safe(others) : [password, ...safe(others)];
}

/**
 * The secrets within a secret that is a URL, JSON or another way to write a connection, decoded: they
 * appear without it, too. The password of a URL is among them however short it is.
 */
export function secretParts(secret: string): string[] {
  const text = secret.trim().replace(/^(["'])(.*)\1$/s, '$2');
  return [...new Set([...partsOfUrl(text), ...partsOfPairs(text), ...partsOfJson(text)])];
}

function partsOfUrl(secret: string): string[] {
  if (!/^[a-z][a-z0-9+.-]*:/i.test(secret)) return [];
  const { user = '', password = null } = userInfo(secret) ?? {};
  const values = secretsInQuery(secret);
  const isToken = /^https?:/i.test(secret) && NO_PASSWORDS.has(password ?? '');
  const login = decoded(isToken ? user : (password ?? ''));
  return login === '' ? safe(values) : [login, ...safe(values)];
}

function secretsInQuery(url: string): string[] {
  const query = /\?([^#]*)/.exec(url)?.[1] ?? '';
  return [...new URLSearchParams(query)].flatMap(([name, value]) =>
    TELLING_NAME.test(name) ? [value] : [],
  );
}

/** `password=…` of libpq, `Password=…;` of ODBC and its kin, `password: …`; quoted or not. */
const PAIR = /(?:^|[\s;,?&{(])([\w.-]{1,64})[ \t]?[=:][ \t]?("[^"]*"|'(?:[^'\\]|\\.)*'|[^\s;&,]+)/g;
/** The data source of a Go program: `user:password@tcp(host:3306)/name`. */
const GO_SOURCE = /^[^:@/\s]+:(.+)@\w*\(/;

function partsOfPairs(secret: string): string[] {
  const pairs = [...secret.matchAll(PAIR)].flatMap(([, name = '', value = '']) =>
    TELLING_NAME.test(name) ? [value.replace(/^(["'])(.*)\1$/s, '$2')] : [],
  );
  return safe([...pairs, GO_SOURCE.exec(secret)?.[1] ?? '']);
}

/** What is short is innocent more often than not: a secret may have many members. */
function safe(values: readonly string[]): string[] {
  return values.filter(({ length }) => length >= MIN_SECRET_LETTERS);
}

function partsOfJson(secret: string): string[] {
  if (!/^[{[]/.test(secret)) return [];
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
    value.includes('://') ? value.split(/\s+/).flatMap(passwordsOfUrl) : [],
  );
}
