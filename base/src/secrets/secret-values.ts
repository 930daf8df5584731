import type { SettingProblem } from '../environment.ts';
import { decoded, MIN_SECRET_LETTERS, secretParts } from './secret-parts.ts';

export interface SecretSources {
  /** `SECRET_ENV`: names of variables. */
  readonly names: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The supervisor's own, by the name of the setting that holds them. Of a URL its password. */
  readonly own: Readonly<Record<string, string | undefined>>;
  /** Passwords that nobody named; what is too short to be masked safely stays visible. */
  readonly found: readonly string[];
}

export interface SecretValues {
  /** What a mask has to find. */
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
    else for (const secret of [value, ...secretParts(value)]) add(name, secret);
  }
  for (const [name, value] of Object.entries(own)) {
    if (value === undefined || value === '') continue;
    const parts = secretParts(value);
    // A URL itself may be shown, without its password.
    const isUrl = value.includes('://') && parts.length > 0;
    for (const secret of isUrl ? parts : [value, ...parts]) add(name, secret);
  }
  for (const value of found) for (const form of formsOf(value)) values.add(form);
  return { values: [...values], problems };
}

/**
 * As it is, decoded in case it is written encoded, each of its lines, and as base64, which is how
 * HTTP sends passwords and Kubernetes shows keys. All other ways to write it are the mask's to find.
 */
export function formsOf(secret: string): string[] {
  const meant = [secret, decoded(secret), decoded(secret.replaceAll('+', ' ')), unescaped(secret)];
  const lines = meant.flatMap((form) => form.split(/\r?\n/).map((line) => line.trim()));
  const base64 = meant.flatMap((form) =>
    form.includes('\n') ? base64Alone(form) : base64Forms(form),
  );
  const forms = new Set([...meant, ...lines, ...base64]);
  return [...forms].filter(({ length }) => length >= MIN_SECRET_LETTERS);
}

/** What JSON or a shell's `$'…'` would make of it. */
function unescaped(secret: string): string {
  if (!secret.includes('\\')) return secret;
  try {
    const value: unknown = JSON.parse(`"${secret.replaceAll('\n', '\\n')}"`);
    return typeof value === 'string' ? value : secret;
  } catch {
    return secret;
  }
}

/**
 * The letters of base64 that the secret alone decides, wherever among the three bytes of a group it
 * begins (`user:password`), in both alphabets (RFC 4648, sections 4 and 5).
 */
function base64Forms(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const behind = [1, 2].flatMap((before) => {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    const first = Math.ceil((before * 8) / 6);
    const last = Math.floor(((before + bytes.length) * 8) / 6);
    return inBothAlphabets(encoded.slice(first, last));
  });
  return [...base64Alone(secret), ...behind];
}

/** Lines of base64 have so many letters: MIME and base64(1); PEM and openssl-enc(1). */
const WRAPPED_AT = [76, 64];

/** With nothing before it, as a file with a key is encoded: in one line, or in lines of its own. */
function base64Alone(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const own = bytes.toString('base64').slice(0, Math.floor((bytes.length * 8) / 6));
  const wrapped = WRAPPED_AT.filter((letters) => own.length > letters).flatMap((letters) =>
    Array.from({ length: Math.ceil(own.length / letters) }, (_, line) =>
      own.slice(line * letters, (line + 1) * letters),
    ),
  );
  return [...inBothAlphabets(own), ...wrapped];
}

function inBothAlphabets(base64: string): string[] {
  return [base64, base64.replaceAll('+', '-').replaceAll('/', '_')];
}
