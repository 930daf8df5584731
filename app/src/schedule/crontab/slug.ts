import { createHash } from 'node:crypto';
import { ScheduleError } from '../schedule-error.ts';
import { readCommand } from './read-command.ts';

const SLUG = /^[a-z0-9](?:[a-z0-9_-]{0,62}[a-z0-9])?$/;

/** @throws ScheduleError when the text cannot be a slug. */
export function expectSlug(text: string): string {
  if (SLUG.test(text)) return text;
  throw new ScheduleError('GITCRON_E_CRONTAB_SLUG', `"${text.slice(0, 80)}" cannot be a name.`, {
    column: 1,
    expected: 'up to 64 lower-case letters, digits, - and _, a letter or digit first and last',
    hint: `Write for example ${slugify(text)}.`,
  });
}

/**
 * The base name, without its extension, of the script that a command runs, or else the name of the
 * program itself.
 */
function defaultSlug(command: string): string {
  const { program, scripts } = readCommand(command);
  const name = scripts[0]?.replace(/\.[^.]+$/, '') ?? program;
  return slugify(name.split('/').at(-1) ?? '');
}

function slugify(text: string): string {
  const slug = text
    .toLowerCase()
    .replaceAll(/[^a-z0-9_-]+/g, '-')
    .slice(0, 48)
    .replaceAll(/^[-_]+|[-_]+$/g, '');
  return slug === '' ? 'job' : slug;
}

/** A job that is still without its slug. */
export interface Unnamed {
  /** From `@name`. */
  readonly name: string | null;
  readonly command: string;
  readonly schedule: string;
}

export interface Slug {
  readonly slug: string;
  /** What it would be called if no other job had the same default; null where it is. */
  readonly sharedBase: string | null;
}

/**
 * A slug for every job, in the same order.
 *
 * Where several unnamed jobs would have the same default, each gets a few digits of a hash of its own
 * line behind it. So neither another order of the lines nor a change to one of them can give a job
 * the history of another.
 */
export function assignSlugs(jobs: readonly Unnamed[]): Slug[] {
  const taken = new Set(jobs.flatMap(({ name }) => name ?? []));
  const defaults = jobs.map(({ command }) => defaultSlug(command));
  const uses = new Map<string, number>();
  jobs.forEach(({ name }, index) => {
    const slug = defaults[index];
    if (name === null && slug !== undefined) uses.set(slug, (uses.get(slug) ?? 0) + 1);
  });
  const repeats = new Map<string, number>();
  return jobs.map(({ name, command, schedule }, index) => {
    if (name !== null) return { slug: name, sharedBase: null };
    const base = defaults[index] ?? 'job';
    if (uses.get(base) === 1 && !taken.has(base)) return { slug: base, sharedBase: null };
    // Equal lines are interchangeable: counting them is as good as telling them apart.
    const line = `${schedule}\n${command}`;
    const repeat = repeats.get(line) ?? 0;
    repeats.set(line, repeat + 1);
    let slug = `${base}-${digits(line, repeat)}`;
    for (let salt = 1; taken.has(slug); salt += 1)
      slug = `${base}-${digits(`${line}\n${salt}`, repeat)}`;
    taken.add(slug);
    return { slug, sharedBase: base };
  });
}

function digits(line: string, repeat: number): string {
  return createHash('sha256').update(`${line}\n${repeat}`).digest('hex').slice(0, 6);
}
