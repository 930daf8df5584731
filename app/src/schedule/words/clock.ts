import type { CronExpression } from '../expression/cron-expression.ts';
import { evenStepOf, joined, listed, membersOf, stepOf } from './numbers.ts';

/** The time of day of a rule, in words. */
export interface ClockWords {
  /** `at 02:00`, `every 5 minutes`. */
  readonly text: string;
  /** Some times of the day, told one by one. */
  readonly fixed: boolean;
}

interface Times {
  readonly seconds: readonly number[];
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
}

const MOST_FIXED_TIMES = 6;

export function clockInWords(expression: CronExpression): ClockWords {
  const times: Times = {
    seconds: membersOf(expression.seconds),
    minutes: membersOf(expression.minutes),
    hours: membersOf(expression.hours),
  };
  const { seconds, minutes, hours } = times;
  const count = seconds.length * minutes.length * hours.length;
  const isOncePerHour = seconds.length === 1 && minutes.length === 1;
  if (count <= MOST_FIXED_TIMES && !(isOncePerHour && count > 2 && isEvenFromZero(hours, 24))) {
    return { text: `at ${joined(fixedTimes(times))}`, fixed: true };
  }
  if (seconds.length > 1) return { text: severalSeconds(times), fixed: false };
  return { text: isOncePerHour ? oncePerHour(times) : severalMinutes(times), fixed: false };
}

function fixedTimes({ seconds, minutes, hours }: Times): string[] {
  return hours.flatMap((hour) =>
    minutes.flatMap((minute) => {
      const withSeconds = seconds.length > 1 || seconds[0] !== 0;
      return seconds.map((second) => timeOf(hour, minute, withSeconds ? second : null));
    }),
  );
}

function oncePerHour({ seconds, minutes, hours }: Times): string {
  const [second = 0, minute = 0] = [seconds[0], minutes[0]];
  const step = stepOf(hours);
  if (step === null) {
    const atSecond = second === 0 ? '' : `, at second ${second}`;
    return `at minute ${minute} ${ofHours(hours)}${atSecond}`;
  }
  const every = everyStep(step, 'hour');
  if (!isEvenFromZero(hours, 24)) {
    const shown = second === 0 ? null : second;
    const [from, to] = [timeOf(hours[0], minute, shown), timeOf(hours.at(-1), minute, shown)];
    return `${every} from ${from} to ${to}`;
  }
  if (second !== 0) return `${every} at minute ${minute}, at second ${second}`;
  return minute === 0 ? every : `${every} at minute ${minute}`;
}

function severalMinutes({ seconds, minutes, hours }: Times): string {
  const atSecond = seconds[0] === 0 ? '' : `, at second ${seconds[0]}`;
  const step = evenStepOf(minutes, 60);
  const every = step === null ? '' : everyStep(step, 'minute');
  if (step !== null && hours.length < 24 && isOneStretch(hours)) {
    const [from, to] = [timeOf(hours[0], minutes[0]), timeOf(hours.at(-1), minutes.at(-1))];
    return `${every} from ${from} to ${to}${atSecond}`;
  }
  if (isEvenFromZero(minutes, 60)) {
    return `${every}${hours.length === 24 ? '' : ` ${ofHours(hours)}`}${atSecond}`;
  }
  return `at minutes ${listed(minutes)} ${ofHours(hours)}${atSecond}`;
}

function severalSeconds({ seconds, minutes, hours }: Times): string {
  const step = evenStepOf(seconds, 60);
  const isEven = step !== null && isEvenFromZero(seconds, 60);
  const which = isEven ? everyStep(step, 'second') : `at seconds ${listed(seconds)}`;
  if (minutes.length < 60) {
    const word = minutes.length === 1 ? 'minute' : 'minutes';
    return `${which} of ${word} ${listed(minutes)} ${ofHours(hours)}`;
  }
  if (hours.length === 24) return isEven ? which : `${which} of every minute`;
  if (isEven && isOneStretch(hours)) {
    const to = timeOf(hours.at(-1), 59, seconds.at(-1));
    return `${which} from ${timeOf(hours[0], 0, 0)} to ${to}`;
  }
  return `${which} of every minute ${ofHours(hours)}`;
}

function ofHours(hours: readonly number[]): string {
  if (hours.length === 24) return 'of every hour';
  return hours.length === 1 ? `of hour ${hours[0]}` : `of the hours ${listed(hours)}`;
}

function everyStep(step: number, unit: string): string {
  return step === 1 ? `every ${unit}` : `every ${step} ${unit}s`;
}

function isEvenFromZero(members: readonly number[], cycle: number): boolean {
  return members[0] === 0 && evenStepOf(members, cycle) !== null;
}

function isOneStretch(hours: readonly number[]): boolean {
  return hours.length === 1 || stepOf(hours) === 1;
}

/** `02:05`, or `02:05:30` where seconds are given. */
function timeOf(hour = 0, minute = 0, second: number | null = null): string {
  const parts = second === null ? [hour, minute] : [hour, minute, second];
  return parts.map((part) => String(part).padStart(2, '0')).join(':');
}
