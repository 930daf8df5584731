import type { CrontabWarning } from '../crontab/problem.ts';
import type { Job } from '../job.ts';

/** A job that goes on under another name, and with a history that begins anew. */
export interface Renaming {
  readonly before: string;
  readonly after: Job;
}

/** The name that a job without `@name` has when others run the same script: see `assignSlugs`. */
const WITH_DIGITS = /^(.+)-[0-9a-f]{6}$/;

/**
 * The jobs that get another name because another job came or went, or because their own line
 * changed. One that was given a name is renamed on purpose.
 */
export function findRenamings(before: readonly Job[], after: readonly Job[]): Renaming[] {
  const kept = new Set(after.map(({ slug }) => slug));
  const known = new Set(before.map(({ slug }) => slug));
  const gone = before.filter(({ slug }) => !kept.has(slug));
  const renamings: Renaming[] = [];
  for (const isSame of [sameLine, sameCommand]) {
    for (const job of after) {
      if (known.has(job.slug) || renamings.some((found) => found.after === job)) continue;
      const index = gone.findIndex((old) => isSame(old, job) && isByChance(old.slug, job.slug));
      const [old] = index === -1 ? [] : gone.splice(index, 1);
      if (old !== undefined) renamings.push({ before: old.slug, after: job });
    }
  }
  return renamings.toSorted((a, b) => a.after.line - b.after.line);
}

function sameLine(old: Job, job: Job): boolean {
  return old.schedule.source === job.schedule.source && old.command === job.command;
}

function sameCommand(old: Job, job: Job): boolean {
  return old.command === job.command;
}

function isByChance(before: string, after: string): boolean {
  const [, baseBefore] = WITH_DIGITS.exec(before) ?? [];
  const [, baseAfter] = WITH_DIGITS.exec(after) ?? [];
  if (baseAfter !== undefined) return baseAfter === before || baseAfter === baseBefore;
  return baseBefore === after;
}

export function renamingWarnings(renamings: readonly Renaming[], file: string): CrontabWarning[] {
  return renamings.map(({ before, after }) => ({
    code: 'GITCRON_W_RENAMED',
    message: `${before} becomes ${after.slug}: its name hangs on the other jobs of its script. Its history stays with the old one.`,
    file,
    line: after.line,
    hint: `Write # @name ${before} directly above it.`,
  }));
}
