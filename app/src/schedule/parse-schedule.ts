import { parseDuration } from './duration.ts';
import { parseExpression, splitWords } from './expression/parse.ts';
import { expectSlug } from './expect-slug.ts';
import type { FollowedEnd, Schedule } from './job.ts';
import { nearestWord } from './nearest-word.ts';
import { ScheduleError, shifted } from './schedule-error.ts';

/** crontab(5). `@hourly` follows the wall clock, the others are at fixed times. */
const SHORTCUTS: ReadonlyMap<string, string> = new Map([
  ['@hourly', '0 * * * *'],
  ['@daily', '0 0 * * *'],
  ['@midnight', '0 0 * * *'],
  ['@weekly', '0 0 * * 0'],
  ['@monthly', '0 0 1 * *'],
  ['@yearly', '0 0 1 1 *'],
  ['@annually', '0 0 1 1 *'],
]);

/** Which ends of another job's runs are followed. */
const FOLLOWING: ReadonlyMap<string, FollowedEnd> = new Map([
  ['@after', 'succeeded'],
  ['@after-failed', 'failed'],
  ['@after-ended', 'ended'],
]);

const OWN_WORDS = ['@every', '@manual', '@reboot', ...FOLLOWING.keys()];

/** Whether a word says that a job follows another one. */
export function isFollowing(word: string): boolean {
  return FOLLOWING.has(word);
}

/** Of how many words a schedule is that begins with one of ours. */
export function wordsOf(word: string): number {
  return word === '@every' || isFollowing(word) ? 2 : 1;
}

/** Whether a word begins a schedule of one or two words, and not a setting. */
export function isShortcut(word: string): boolean {
  return SHORTCUTS.has(word) || OWN_WORDS.includes(word);
}

/**
 * A schedule as the first words of a crontab line say it.
 * @param zone a name that `expectZone` let pass.
 * @throws ScheduleError
 */
export function parseSchedule(text: string, zone: string): Schedule {
  const source = text.trim().replaceAll(/[ \t]+/g, ' ');
  const [first, second, third] = splitWords(text, 3);
  if (first === undefined || !first.text.startsWith('@')) {
    return { kind: 'cron', source, expression: parseExpression(text), zone };
  }
  if (first.text === '@every') {
    const intervalMs = shifted(second?.column ?? text.length + 1, () =>
      parseDuration(second?.text ?? '', 1000),
    );
    if (third === undefined) return { kind: 'interval', source, intervalMs };
  } else if (isFollowing(first.text)) {
    const job = shifted(second?.column ?? text.length + 1, () => expectJob(second?.text ?? ''));
    const when = FOLLOWING.get(first.text);
    if (third === undefined && when !== undefined) return { kind: 'after', source, job, when };
  } else if (second === undefined) {
    if (first.text === '@reboot') return { kind: 'reboot', source };
    if (first.text === '@manual') return { kind: 'manual', source };
    const expanded = SHORTCUTS.get(first.text);
    if (expanded !== undefined) {
      return { kind: 'cron', source, expression: parseExpression(expanded), zone };
    }
  }
  const words = [...SHORTCUTS.keys(), ...OWN_WORDS];
  const meant = isShortcut(first.text) ? null : nearestWord(first.text, words);
  throw new ScheduleError(
    'GITCRON_E_EXPRESSION_SHORTCUT',
    `"${source.slice(0, 40)}" is not a schedule.`,
    {
      column: first.column,
      expected: `one of ${words.join(', ')}`,
      hint:
        meant === null
          ? 'Only @every and @after take a value: @every 30s, @after nightly-report.'
          : `Did you mean ${meant}?`,
    },
  );
}

function expectJob(text: string): string {
  if (text !== '') return expectSlug(text);
  throw new ScheduleError('GITCRON_E_CRONTAB_AFTER', 'The job that is followed is missing.', {
    column: 1,
    expected: 'the name of a job',
    hint: 'Write for example @after nightly-report.',
  });
}
