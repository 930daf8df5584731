import { createHash } from 'node:crypto';
import { slugify } from '../expect-slug.ts';
import { readCommand } from './read-command.ts';

/**
 * The base name, without its extension, of the script that a command runs, or else the name of the
 * program itself.
 */
function defaultSlug(command: string): string {
  const { program, scripts } = readCommand(command);
  const name = scripts[0]?.replace(/\.[^.]+$/, '') ?? program;
  return slugify(name.split('/').at(-1) ?? '');
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
