import leven from 'leven';
import { z } from 'zod';
import { CodedError } from './coded-error.ts';
import { readRegularFileSync } from './regular-file.ts';
import { letRead } from './secret-file.ts';

/** One thing that is wrong with the settings. */
export interface SettingProblem {
  readonly name: string;
  readonly problem: string;
}

/** Exit status for a configuration error (sysexits.h, EX_CONFIG). */
export const EXIT_CONFIG = 78;

/** Every mistake of the environment at once, so that mending it takes one restart and not five. */
export class SettingsError extends CodedError<'GITCRON_E_SETTINGS'> {
  readonly problems: readonly SettingProblem[];

  constructor(problems: readonly SettingProblem[]) {
    const list = problems.map(({ name, problem }) => `\n${name}: ${problem}`).join('');
    const count = problems.length === 1 ? 'One setting is' : `${problems.length} settings are`;
    super('GITCRON_E_SETTINGS', `${count} wrong:${list}`, {
      hint: 'Every setting is explained in .env.example. Mend these and start again.',
    });
    this.problems = problems;
  }
}

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads a program's settings from the environment.
 *
 * An empty value counts as unset, because `docker compose` passes `${NAME:-}` as an empty string.
 * A name that begins with one of `prefixes` but is not in the schema is a mistake: a misspelled
 * setting must not be ignored in silence.
 *
 * @throws SettingsError with every problem found.
 */
export function readEnvironment<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  environment: Environment,
  prefixes: readonly string[] = [],
  alsoKnown: ReadonlySet<string> = new Set(),
): z.output<z.ZodObject<Shape>> {
  const known = Object.keys(schema.shape);
  const given = Object.fromEntries(
    known.map((name) => [name, environment[name] === '' ? undefined : environment[name]]),
  );
  const problems: SettingProblem[] = [];
  for (const name of Object.keys(environment).toSorted()) {
    const ours = prefixes.some((prefix) => name.startsWith(prefix));
    if (ours && !known.includes(name) && !alsoKnown.has(name)) {
      problems.push({ name, problem: `there is no such setting${suggest(name, known)}` });
    }
  }
  const parsed = schema.safeParse(given);
  for (const issue of parsed.error?.issues ?? []) {
    problems.push({ name: issue.path.join('.') || 'environment', problem: issue.message });
  }
  if (!parsed.success || problems.length > 0) throw new SettingsError(problems);
  return parsed.data;
}

/**
 * For a check of several settings: it is made if each of them is right by itself, also when others
 * are wrong. By default zod makes no such check until everything else is mended.
 */
export function whenRight(...names: readonly string[]) {
  return ({ issues }: z.core.ParsePayload): boolean =>
    !issues.some(({ path: [name] = [] }) => names.includes(String(name)));
}

/**
 * Reads several groups of settings.
 * @throws SettingsError with the problems of all of them, each once.
 */
export function readTogether<Groups extends object>(readers: {
  readonly [Name in keyof Groups]: () => Groups[Name];
}): Groups {
  const groups: Partial<Groups> = {};
  const problems = new Map<string, SettingProblem>();
  for (const name in readers) {
    try {
      groups[name] = readers[name]();
    } catch (error) {
      if (!(error instanceof SettingsError)) throw error;
      for (const found of error.problems) problems.set(`${found.name}: ${found.problem}`, found);
    }
  }
  if (!isWhole(groups, readers)) throw new SettingsError([...problems.values()]);
  return groups;
}

function isWhole<Groups extends object>(
  groups: Partial<Groups>,
  readers: Readonly<Record<keyof Groups, unknown>>,
): groups is Groups {
  return Object.keys(readers).every((name) => name in groups);
}

/** What is known of a setting besides what may be written there: said where its schema is. */
export interface SettingFacts {
  readonly unit?: string;
  /** `whole`: nothing of it is ever shown. `inside`: a part of it, such as the password of a URL. */
  readonly secret?: 'whole' | 'inside';
}

export const settingFacts = z.registry<SettingFacts>();

/** A whole number of the given unit, written in decimal digits. */
export function wholeNumber(limits: { min: number; max: number; unit: string }) {
  const { min, max, unit } = limits;
  const message = `expected a whole number of ${unit} from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d{1,15}$/, message)
    .transform(Number)
    .refine((value) => value >= min && value <= max, message)
    .register(settingFacts, { unit });
}

/** `true` or `false` and nothing else: `"no"`, `"0"` and `"False"` are mistakes, not guesses. */
export function flag() {
  return z
    .enum(['true', 'false'], { error: 'expected true or false' })
    .transform((value) => value === 'true');
}

/**
 * A file whose content is needed now; the file itself is read again at each use.
 *
 * @param atLeast so many characters have to be in it, white space around them not counted.
 */
export function readableFile(atLeast = 0) {
  return z.string().superRefine((path, context) => {
    try {
      if (readRegularFileSync(path).toString('utf8').trim().length >= atLeast) return;
      const message = `expected at least ${atLeast} characters in the file ${path}`;
      context.addIssue({ code: 'custom', message });
    } catch (error) {
      const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
      const message = `cannot read the file ${path} (${reason})${howToLetRead(reason, path)}`;
      context.addIssue({ code: 'custom', message });
    }
  });
}

/** For a file that is there and whose mode is in the way; '' else. */
function howToLetRead(reason: string, path: string): string {
  if (reason !== 'EACCES') return '';
  return `: this process is user ${process.getuid?.()}, so as root: ${letRead(path)}`;
}

function suggest(name: string, known: readonly string[]): string {
  const near = known
    .map((candidate) => ({ candidate, distance: leven(name, candidate) }))
    .filter(({ distance }) => distance <= 3)
    .toSorted((a, b) => a.distance - b.distance)[0];
  return near ? ` (did you mean ${near.candidate}?)` : '';
}
