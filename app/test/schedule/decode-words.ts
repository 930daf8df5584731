import { MONTH_NAMES, WEEKDAY_NAMES } from '../../src/schedule/expression/field.ts';

/** An instant of UTC in parts, as words speak of it. */
export interface Moment {
  readonly second: number;
  readonly minute: number;
  readonly hour: number;
  readonly day: number;
  /** Sunday is 0. */
  readonly weekday: number;
  /** January is 1. */
  readonly month: number;
  readonly year: number;
  readonly daysInMonth: number;
}

type Question = (moment: Moment) => boolean;

/** Reads a schedule's words as a person would, without the expression: when does it run? */
export function decodeWords(words: string): Question {
  const text = words.replace(/^(?:On|At|Every)\b/, (word) => word.toLowerCase());
  const fixed = /^(.+?),? (at [\d:]{5,8}(?:(?:, | and )[\d:]{5,8})*)$/.exec(text);
  if (fixed !== null) return both(decodeDays(fixed[1] ?? ''), decodeTimes(fixed[2] ?? ''));
  const parts = /^((?:every|at) .*?)(, (?:on|every|[A-Z]).*| in [A-Z\d].*)?$/.exec(text);
  if (parts === null) throw new Error(`Not to be read: ${words}`);
  const [, clock = '', days = ''] = parts;
  return both(decodeClock(clock), decodeDays(days.replace(/^, /, '').trim() || 'every day'));
}

function decodeTimes(text: string): Question {
  const times = text
    .slice(3)
    .split(/, | and /)
    .map(secondsOf);
  return (moment) => times.includes(timeOfDay(moment));
}

function secondsOf(time: string): number {
  const [hour = 0, minute = 0, second = 0] = time.split(':').map(Number);
  return hour * 3600 + minute * 60 + second;
}

function timeOfDay({ hour, minute, second }: Moment): number {
  return hour * 3600 + minute * 60 + second;
}

const CLOCK =
  /^(?:every (?:(\d+) )?(second|minute|hour)s?|at (second|minute)s? (.+?))(?: from ([\d:]+) to ([\d:]+))?(?: at minute (\d+))?(?: of (?:every minute|minutes? (.+?)))?(?: of (?:every hour|hour (\d+)|the hours (.+?)))?(?:, at second (\d+))?$/;

function decodeClock(text: string): Question {
  const found = CLOCK.exec(text);
  if (found === null) throw new Error(`Not to be read as a time: ${text}`);
  const [, step = '1', every, at, list, from, to, atMinute, minutes, hour, hours, atSecond] = found;
  const unit = every ?? at;
  const questions: Question[] = [];
  const ask = (numbers: string | undefined, part: 'second' | 'minute' | 'hour') => {
    if (numbers === undefined) return;
    const members = decodeList(numbers, Number);
    questions.push((moment) => members.includes(moment[part]));
  };
  if (from !== undefined && to !== undefined) {
    const lengthOf = { second: 1, minute: 60, hour: 3600 };
    const distance =
      Number(step) * (unit === 'hour' ? 3600 : lengthOf[unit === 'minute' ? unit : 'second']);
    const [begin, end] = [secondsOf(from), secondsOf(to)];
    const base = atSecond === undefined ? 0 : Number(atSecond);
    questions.push((moment) => {
      const time = timeOfDay(moment) - base;
      return time >= begin && time <= end && (time - begin) % distance === 0;
    });
    return every === undefined ? refuse(text) : all(questions);
  }
  if (every !== undefined) {
    questions.push((moment) => moment[unitOf(every)] % Number(step) === 0);
    if (every === 'hour') ask(atMinute ?? '0', 'minute');
  } else ask(list, unitOf(at));
  ask(minutes, 'minute');
  ask(hour ?? hours, 'hour');
  if (unit !== 'second') ask(atSecond ?? '0', 'second');
  return all(questions);
}

function refuse(text: string): never {
  throw new Error(`Not to be read: ${text}`);
}

function unitOf(text: string | undefined): 'second' | 'minute' | 'hour' {
  return text === 'hour' || text === 'minute' ? text : 'second';
}

/** `1 to 5 and 9`, `0 to 56 in steps of 7`. */
function decodeList(text: string, valueOf: (word: string) => number): number[] {
  const stepped = /^(\d+) to (\d+) in steps of (\d+)$/.exec(text);
  if (stepped !== null) return range(Number(stepped[1]), Number(stepped[2]), Number(stepped[3]));
  return text.split(/, | and /).flatMap((item) => {
    const [first = '', last = first] = item.split(' to ');
    return range(valueOf(first), valueOf(last), 1);
  });
}

function range(first: number, last: number, step: number): number[] {
  if (!(first >= 0 && last >= first)) throw new Error(`No range: ${first} to ${last}`);
  return Array.from({ length: Math.floor((last - first) / step) + 1 }, (_, i) => first + i * step);
}

function decodeDays(text: string): Question {
  const season = /^(?:(.*) )?in (?:([A-Z].*?)(?: of (\d.*))?|(\d.*?))$/.exec(text);
  const rules = text.split(/ or (?=on )/);
  if (rules.length > 1) {
    const questions = rules.map(decodeDays);
    return (moment) => questions.some((asks) => asks(moment));
  }
  const months = / of (the month|[A-Z].*?)(?: in (\d.*))?$/.exec(text);
  const special = /^on (?!every [A-Z][a-z, A-Z]*$)/.test(text) || / (the .*day) of /.test(text);
  if (special && months !== null) {
    const dates = text.slice(3, months.index);
    return all([decodeDates(dates), ...decodeSeason(months[1], months[2])]);
  }
  if (season !== null && !/^every day$/.test(text)) {
    const days = season[1] ?? 'every day';
    return all([
      decodeDays(days),
      ...decodeSeason(season[2] ?? 'the month', season[3] ?? season[4]),
    ]);
  }
  if (text === 'every day') return () => true;
  const weekdays = decodeNames(text.replace(/^on /, '').replace(/^every /, ''), WEEKDAY_NAMES);
  return ({ weekday }) => weekdays.includes(weekday);
}

function decodeSeason(months = '', years: string | undefined): Question[] {
  const questions: Question[] = [];
  if (months !== 'the month') {
    const given = decodeNames(months, MONTH_NAMES);
    questions.push(({ month }) => given.includes(month - 1));
  }
  if (years !== undefined) {
    const given = decodeList(years, Number);
    questions.push(({ year }) => given.includes(year));
  }
  return questions;
}

/** Indices of names; a range of weekdays may go over Sunday. */
function decodeNames(text: string, names: readonly string[]): number[] {
  return text.split(/, | and /).flatMap((item) => {
    const [first = '', last = first] = item.split(' to ');
    const [from, to] = [names.indexOf(first), names.indexOf(last)];
    if (from === -1 || to === -1) throw new Error(`No names: ${item}`);
    const length = ((to - from + names.length) % names.length) + 1;
    return Array.from({ length }, (_, index) => (from + index) % names.length);
  });
}

const ORDINALS = ['first', 'second', 'third', 'fourth', 'fifth'];

function decodeDates(text: string): Question {
  const questions: Question[] = [];
  const rest = text
    .replace(
      /the working days? nearest to days? ([\d, ]*?(?:(?: and | to )[\d ]+)?(?: in steps of \d+)?)(?=$|, the | and the )/,
      (_, list: string) => {
        questions.push((moment) =>
          decodeList(list, Number).some((day) => nearestWorkingDay(day, moment) === moment.day),
        );
        return '';
      },
    )
    .replace(/the last day/, () => {
      questions.push(({ day, daysInMonth }) => day === daysInMonth);
      return '';
    })
    .replace(/the last working day/, () => {
      questions.push((moment) => nearestWorkingDay(moment.daysInMonth, moment) === moment.day);
      return '';
    })
    .replaceAll(/the (\w+) ([A-Z]\w+)/g, (_, nth: string, name: string) => {
      const named = WEEKDAY_NAMES.indexOf(name);
      questions.push(({ day, weekday, daysInMonth }) =>
        weekday !== named
          ? false
          : nth === 'last'
            ? day > daysInMonth - 7
            : Math.ceil(day / 7) === ORDINALS.indexOf(nth) + 1,
      );
      return '';
    })
    .replace(/every ([A-Z][A-Za-z, ]*[a-z])/, (_, list: string) => {
      const weekdays = decodeNames(list.replace(/[, ]*(?: and)?$/, ''), WEEKDAY_NAMES);
      questions.push(({ weekday }) => weekdays.includes(weekday));
      return '';
    });
  const dates = /days? (.*\d)/.exec(rest)?.[1];
  if (dates !== undefined) {
    const given = decodeList(dates, Number);
    questions.push(({ day }) => given.includes(day));
  }
  if (questions.length === 0) throw new Error(`No dates: ${text}`);
  return (moment) => questions.some((asks) => asks(moment));
}

function nearestWorkingDay(target: number, { day, weekday, daysInMonth }: Moment): number | null {
  if (target > daysInMonth) return null;
  const weekdayOfTarget = (((weekday + target - day) % 7) + 7) % 7;
  if (weekdayOfTarget === 6) return target === 1 ? 3 : target - 1;
  if (weekdayOfTarget === 0) return target === daysInMonth ? target - 2 : target + 1;
  return target;
}

function all(questions: readonly Question[]): Question {
  return (moment) => questions.every((asks) => asks(moment));
}

function both(one: Question, other: Question): Question {
  return all([one, other]);
}
