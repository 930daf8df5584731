import { ScheduleError } from './schedule-error.ts';

const PATTERN = /^(?:(\d{1,6})d)?(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,6})s)?$/;
const DAY_SECONDS = 86_400;

/** Ten years: longer is a slip of the keyboard, and fits no timer. */
const MAX_SECONDS = 3650 * DAY_SECONDS;

/**
 * A duration such as `30s`, `5m`, `1h30m` or `2d`, in milliseconds.
 * @throws ScheduleError when it is none, or is shorter than `minMs`.
 */
export function parseDuration(text: string, minMs = 0): number {
  const [whole = '', days = 0, hours = 0, minutes = 0, seconds = 0] = PATTERN.exec(text) ?? [];
  const total =
    Number(days) * DAY_SECONDS + Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  if (whole !== '' && total <= MAX_SECONDS && total * 1000 >= minMs) return total * 1000;
  throw new ScheduleError(
    'GITCRON_E_DURATION',
    text === '' ? 'The duration is missing.' : `"${text.slice(0, 40)}" is not a duration.`,
    {
      column: 1,
      expected: `whole days, hours, minutes and seconds, from ${minMs / 1000}s to 3650d`,
      hint: hintFor(text),
    },
  );
}

/** As people say it: `5min`, `1hour`, `2days`. */
const IN_WORDS = /^(\d{1,6})(s(?:ec(?:ond)?s?)?|m(?:in(?:ute)?s?)?|h(?:(?:ou)?rs?)?|d(?:ays?)?)$/i;

function hintFor(text: string): string {
  const [, count, unit = ''] = IN_WORDS.exec(text) ?? [];
  const meant = `${count}${unit.charAt(0).toLowerCase()}`;
  if (count !== undefined && meant !== text) return `Did you mean ${meant}?`;
  // What follows is the next word: `1 hour`, `an hour`.
  const isFirstWord = /^(?:\d+|an?|one|half)$/i.test(text);
  return isFirstWord
    ? 'Write number and unit as one word: 1h for an hour, 30s, 5m, 1h30m or 2d.'
    : 'Write for example 30s, 5m, 1h30m or 2d.';
}
