import { ScheduleError } from './schedule-error.ts';

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

/** The nearest that can be a slug. */
export function slugify(text: string): string {
  const slug = text
    .toLowerCase()
    .replaceAll(/[^a-z0-9_-]+/g, '-')
    .slice(0, 48)
    .replaceAll(/^[-_]+|[-_]+$/g, '');
  return slug === '' ? 'job' : slug;
}
