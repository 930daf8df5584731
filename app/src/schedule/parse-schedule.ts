import { parseDuration } from './duration.ts';
import { parseExpression, splitWords } from './expression/parse.ts';
import type { Schedule } from './job.ts';
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

const OWN_WORDS = ['@every', '@manual', '@reboot'];

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
      hint: meant === null ? 'Only @every takes a value: @every 30s.' : `Did you mean ${meant}?`,
    },
  );
}
