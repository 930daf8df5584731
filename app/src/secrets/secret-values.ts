import type { SettingProblem } from '@gitcron/base/environment';

/** Shorter values appear in innocent text, too: masking them would ruin it and hide nothing. */
const MIN_SECRET_LETTERS = 8;

export interface SecretSources {
  /** `SECRET_ENV`: names of variables. */
  readonly names: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The supervisor's own, by the name of the setting that holds them. URLs hold a password. */
  readonly own: Readonly<Record<string, string | undefined>>;
  /** Passwords that nobody named; what is too short to be masked safely stays visible. */
  readonly found: readonly string[];
}

export interface SecretValues {
  /** Every form in which the secrets may appear, the longest first. */
  readonly values: readonly string[];
  readonly problems: readonly SettingProblem[];
}

/** Finds the values to be masked, and what is wrong with how they were named. */
export function secretValues({ names, environment, own, found }: SecretSources): SecretValues {
  const values = new Set<string>();
  const problems: SettingProblem[] = [];
  const add = (name: string, value: string): void => {
    if (value.length < MIN_SECRET_LETTERS) {
      const problem = `is too short to be masked safely: at least ${MIN_SECRET_LETTERS} letters`;
      problems.push({ name, problem });
    } else {
      for (const form of formsOf(value)) values.add(form);
    }
  };
  for (const name of names) {
    const value = environment[name] ?? '';
    if (value === '') problems.push({ name: 'SECRET_ENV', problem: `${name} is not set` });
    else addSecret(name, value, add);
  }
  for (const [name, value] of Object.entries(own)) {
    if (value !== undefined && value !== '') addSecret(name, value, add);
  }
  const maskable = found.filter(({ length }) => length >= MIN_SECRET_LETTERS);
  for (const form of maskable.flatMap(formsOf)) values.add(form);
  return { values: [...values].toSorted((a, b) => b.length - a.length), problems };
}

/**
 * The password of a URL, decoded; null when there is none. One that is also the name of the user
 * or the database, as on many a developer's machine, is no secret: to hide it would only ruin text.
 */
export function passwordOfUrl(value: string): string | null {
  const url = URL.canParse(value) ? new URL(value) : null;
  if (url === null || url.password === '') return null;
  const isPublic = [url.username, url.pathname.slice(1)].includes(url.password);
  return isPublic ? null : decoded(url.password);
}

/** Of a URL the password is secret; without one the whole value is. */
function addSecret(name: string, value: string, add: (name: string, value: string) => void): void {
  const url = URL.canParse(value) ? new URL(value) : null;
  if (url === null || url.password === '') {
    add(name, value);
    return;
  }
  add(name, decoded(url.password));
}

/** A `%` that encodes nothing is part of the password. */
function decoded(password: string): string {
  try {
    return decodeURIComponent(password);
  } catch {
    return password;
  }
}

/** As it is, as part of a URL, as part of JSON, and each of its lines. */
function formsOf(value: string): string[] {
  const lines = value
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line.length >= MIN_SECRET_LETTERS);
  return [...new Set([value, ...lines])].flatMap((form) => [
    form,
    encodeURIComponent(form),
    JSON.stringify(form).slice(1, -1),
  ]);
}
