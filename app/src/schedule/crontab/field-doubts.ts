import { canOnlyBeYear } from '../expression/parse.ts';
import type { Doubt } from './line-doubts.ts';

/** What a schedule's fields say here, and mean elsewhere or probably not. */
export function fieldDoubts(fields: readonly string[]): Doubt[] {
  const doubts: Doubt[] = [];
  const endsInYear = fields.length === 6 && canOnlyBeYear(fields[5]);
  if (endsInYear) {
    doubts.push({
      code: 'GITCRON_W_SIX_FIELDS',
      message: 'Six fields: the sixth is read as a year, as supercronic does. cron knows no years.',
      hint: 'If seconds were meant, write seven fields: seconds first, year last.',
    });
  } else if (fields.length === 6) {
    doubts.push({
      code: 'GITCRON_W_SIX_FIELDS',
      message: 'Six fields: the first is read as seconds. supercronic takes the sixth for a year.',
      hint: 'Write seven fields (seconds first, year last) to be understood by both.',
    });
  }
  const withSeconds = fields.length === 7 || (fields.length === 6 && !endsInYear);
  const five = withSeconds ? fields.slice(1, 6) : fields.slice(0, 5);
  const [, , dayOfMonth = '*', , dayOfWeek = '*'] = five;
  const restricted = [dayOfMonth, dayOfWeek].every((field) => !/^[*?]$/.test(field));
  if (restricted && [dayOfMonth, dayOfWeek].some((field) => field.startsWith('*'))) {
    doubts.push({
      code: 'GITCRON_W_STARRED_STEP',
      message:
        'A starred step beside another restricted day field: the job runs when either matches, while cron asks for both.',
      hint: 'Leave one of the two day fields as *.',
    });
  }
  return [...doubts, ...everyMinuteDoubt(five)];
}

/**
 * A rule for one hour or one day that leaves the minute open runs sixty times in it.
 * @param fields without seconds and year.
 */
function everyMinuteDoubt(fields: readonly string[]): Doubt[] {
  const [minute = '', hour = '', dayOfMonth = '', ...rest] = fields;
  if (!/^[*?]$/.test(minute)) return [];
  const isOneDay = /^[*?]$/.test(hour) && /^\d+$/.test(dayOfMonth);
  if (!isOneDay && !/^(?:\d+(?:,\d+)*|(?:\*|\d+(?:-\d+)?)\/\d+)$/.test(hour)) return [];
  if (/^\*\/1$/.test(hour)) return [];
  const hours = /^\d+$/.test(hour) ? `hour ${hour}` : 'the hours given';
  const span = isOneDay ? 'that day' : hours;
  const meant = ['0', isOneDay ? '0' : hour, dayOfMonth, ...rest].join(' ');
  return [
    {
      code: 'GITCRON_W_EVERY_MINUTE',
      message: `A * in the minute: this runs every minute of ${span}.`,
      hint: `If once was meant, write ${meant}.`,
    },
  ];
}
