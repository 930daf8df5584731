import { canOnlyBeYear } from '../expression/parse.ts';
import { splitJobLine } from '../crontab/job-line.ts';
import { parseSchedule } from '../parse-schedule.ts';
import { commandDecisions } from './command-decisions.ts';
import { withoutPercent } from './percent.ts';

/** Where a crontab comes from, which decides how its lines are meant. */
export const ORIGINS = ['user', 'system', 'supercronic'] as const;
/** Of `crontab -l`; of /etc/crontab and /etc/cron.d, whose lines name a user; of supercronic. */
export type Origin = (typeof ORIGINS)[number];

export interface ImportedJob {
  readonly line: string;
  /** Whom cron started it as; null when the line does not say. */
  readonly user: string | null;
  readonly decisions: readonly string[];
}

/** @throws ScheduleError when the line is none of a job. */
export function importJob(text: string, origin: Origin): ImportedJob {
  const decisions: string[] = [];
  // cronie: a minus in front keeps the start out of the system's log.
  const { line: fixed, wasRandom } = withFixedTime(text.trim().replace(/^-(?=[\d*])/, ''), origin);
  if (wasRandom) {
    decisions.push(
      'cron chose a random time (~). The first one possible stands here: choose one, or spread with # @jitter.',
    );
  }
  const { schedule, fields, command: rest } = splitJobLine(fixed);
  const { user, command: written } =
    origin === 'system' ? splitUser(rest) : { user: null, command: rest };
  const { command, hadInput } =
    origin === 'supercronic' ? { command: written, hadInput: false } : withoutPercent(written);
  if (hadInput) decisions.push('what stood behind % was its input, which printf gives it now.');
  const ours = origin === 'supercronic' ? inOurFields(schedule, fields) : schedule;
  if (origin !== 'supercronic' && asksForBothDays(fields)) {
    decisions.push(
      'cron starts it when both day fields match, because one begins with *. Here either is enough: leave one as *, and let the command ask for the other.',
    );
  }
  parseSchedule(ours, 'UTC');
  decisions.push(...commandDecisions(command));
  return { line: `${ours} ${command}`, user, decisions };
}

/** The name behind the fields (crontab(5), "system crontab"); a group or a class of BSD may follow it. */
function splitUser(rest: string): { user: string; command: string } {
  const [user = ''] = rest.split(/\s/, 1);
  return { user, command: rest.slice(user.length).trimStart() };
}

/** supercronic takes six fields for five and a year; here the first would be seconds. */
function inOurFields(schedule: string, fields: readonly string[]): string {
  return fields.length === 6 && !canOnlyBeYear(fields[5]) ? `0 ${schedule}` : schedule;
}

/** cron joins the day fields by "and" as soon as one begins with a star; here only `*` itself does. */
function asksForBothDays(fields: readonly string[]): boolean {
  const days = [fields[2] ?? '*', fields[4] ?? '*'];
  return days.every((field) => field !== '*') && days.some((field) => field.startsWith('*'));
}

const LOWEST = ['0', '0', '1', '1', '0'];

/** `~` between two bounds, or with one or none of them, is a time that cron chooses at random (cronie, OpenBSD). */
function withFixedTime(line: string, origin: Origin): { line: string; wasRandom: boolean } {
  if (origin === 'supercronic' || line.startsWith('@')) return { line, wasRandom: false };
  let wasRandom = false;
  const words = line.split(/(\s+)/);
  const fixed = words.map((word, index) => {
    const field = index / 2;
    if (index % 2 === 1 || field > 4 || !/^[\d,~/*-]*~[\d,~/*-]*$/.test(word)) return word;
    wasRandom = true;
    return word.replaceAll(
      /(\d*)~\d*(?:\/\d+)?/g,
      (_, from: string) => from || (LOWEST[field] ?? '0'),
    );
  });
  return { line: fixed.join(''), wasRandom };
}
