import { eachOrAllErrors, ScheduleError, type ScheduleErrorCode } from '../schedule-error.ts';
import { DAY_OF_MONTH, DAY_OF_WEEK, HOUR, MINUTE, SECOND, type Field } from './field.ts';

/** One word of an expression and where it begins, counted from 1. */
export interface Word {
  readonly text: string;
  readonly column: number;
}

/** One item of a field's comma-separated list. */
export type Item =
  | { readonly kind: 'all' }
  | {
      readonly kind: 'values';
      readonly first: number;
      readonly last: number;
      readonly step: number;
    }
  /** `L` in day of month. */
  | { readonly kind: 'last-day' }
  /** `LW` */
  | { readonly kind: 'last-working-day' }
  /** `15W` */
  | { readonly kind: 'nearest-working-day'; readonly day: number }
  /** `5L` in day of week. */
  | { readonly kind: 'last-weekday'; readonly weekday: number }
  /** `5#3` */
  | { readonly kind: 'nth-weekday'; readonly weekday: number; readonly nth: number };

/** @throws ScheduleError with every item that is wrong. */
export function parseField(field: Field, word: Word): Item[] {
  let column = word.column;
  const items = word.text.split(',').map((text): Word => {
    const item = { text, column };
    column += text.length + 1;
    return item;
  });
  return eachOrAllErrors(items, (item) => parseItem(field, item));
}

function parseItem(field: Field, word: Word): Item {
  const text = word.text.toLowerCase();
  if (text === '*' || text === '?') return { kind: 'all' };
  if (text === '') {
    throw refusal('SYNTAX', `There is an empty item in the ${field.name}`, field, word, {
      hint: 'Take the extra comma out.',
    });
  }
  if (foreignHint(field, text) !== null) throw notAnItem(field, word);
  return specialDayOfMonth(field, word) ?? specialDayOfWeek(field, word) ?? plain(field, word);
}

/** What other schedulers know, or what nobody does. */
function foreignHint(field: Field, text: string): string | null {
  const low = field.min;
  if (/^h(?:\(|\/|$)/.test(text)) {
    return `H is Jenkins' word for a value by chance. Choose one, such as ${low}; @jitter above the job spreads its starts.`;
  }
  if (text.includes('~')) {
    return `~ is cronie's word for a value by chance. Choose one, such as ${low}; @jitter above the job spreads its starts.`;
  }
  if (field === DAY_OF_MONTH && /^l-\d/.test(text)) {
    return 'Days counted from the end of the month cannot be written. L is the last day, LW the last working day; or run it on 25-31 and let the script look at the date.';
  }
  if (/^["'“”‘’`]|["'“”‘’`]$/.test(text)) return 'A schedule stands without quotes in a crontab.';
  if (text.startsWith('-*')) {
    return 'A minus in front keeps cronie from logging the start. Leave it out: Gitcron keeps every run.';
  }
  if (/^[-+]\d/.test(text)) return `Values have no sign. Write ${expectedOf(field)}.`;
  if (/^(\*|\d+)\/$/.test(text)) return `Behind / the step is missing: */${low + 5} for example.`;
  return null;
}

function specialDayOfMonth(field: Field, word: Word): Item | null {
  if (field !== DAY_OF_MONTH) return null;
  const text = word.text.toLowerCase();
  if (text === 'l') return { kind: 'last-day' };
  if (text === 'lw') return { kind: 'last-working-day' };
  const day = /^(\d+)w$/.exec(text)?.[1];
  if (day === undefined) return null;
  return { kind: 'nearest-working-day', day: parseValue(field, { ...word, text: day }) };
}

function specialDayOfWeek(field: Field, word: Word): Item | null {
  if (field !== DAY_OF_WEEK) return null;
  const last = /^([a-z]+|\d+)l$/i.exec(word.text)?.[1];
  if (last !== undefined && (/^\d/.test(last) || field.names.has(last.toLowerCase()))) {
    return { kind: 'last-weekday', weekday: parseValue(field, { ...word, text: last }) % 7 };
  }
  const [weekday = '', nth, ...more] = word.text.split('#');
  if (nth === undefined) return null;
  if (!/^[1-5]$/.test(nth) || more.length > 0) {
    throw refusal('VALUE', `"${shorten(word.text)}" names no week of the month`, field, word, {
      expected: 'a weekday, # and a number from 1 to 5',
      hint: 'FRI#2 is the second Friday; for the last one write 5L.',
    });
  }
  return {
    kind: 'nth-weekday',
    weekday: parseValue(field, { ...word, text: weekday }) % 7,
    nth: Number(nth),
  };
}

function plain(field: Field, word: Word): Item {
  const [range = '', stepText, ...moreSteps] = word.text.split('/');
  const [firstText = '', lastText, ...moreEnds] = range.split('-');
  if (moreSteps.length > 0 || moreEnds.length > 0 || firstText === '' || lastText === '') {
    throw notAnItem(field, word);
  }
  const step = stepText === undefined ? 1 : parseStep(field, word, stepText);
  // The day of week counts to 7 only as a value: its whole week is 0 to 6.
  const lastOfField = field === DAY_OF_WEEK ? 6 : field.max;
  if (firstText === '*' && lastText === undefined) {
    return { kind: 'values', first: field.min, last: lastOfField, step };
  }
  const first = parseValue(field, { ...word, text: firstText });
  if (lastText === undefined) {
    if (stepText === undefined) return { kind: 'values', first, last: first, step };
    const begin = field === DAY_OF_WEEK ? first % 7 : first;
    return { kind: 'values', first: begin, last: lastOfField, step };
  }
  const last = endOfRange(field, word, first, lastText);
  if (last < first) {
    throw refusal(
      'RANGE',
      `The range ${shorten(word.text)} of the ${field.name} runs backwards`,
      field,
      word,
      {
        expected: 'a range from the smaller to the larger value',
        hint: `Write it as two: ${firstText}-${field === DAY_OF_WEEK ? 7 : field.max},${field.min}-${lastText}.`,
      },
    );
  }
  return { kind: 'values', first, last, step };
}

function endOfRange(field: Field, word: Word, first: number, text: string): number {
  const last = parseValue(field, { text, column: word.column + word.text.indexOf('-') + 1 });
  // A week may end on Sunday: SAT-SUN. By its number, 0 is the first day and 7 the last.
  const sundayByName = field === DAY_OF_WEEK && last === 0 && !/^\d/.test(text);
  return sundayByName && first > 0 ? 7 : last;
}

function parseValue(field: Field, { text, column }: Word): number {
  const named = field.names.get(text.toLowerCase());
  if (named !== undefined) return named;
  if (!/^\d+$/.test(text)) throw notAnItem(field, { text, column });
  const value = Number(text);
  if (text.length > field.digits || value < field.min || value > field.max) {
    const word = { text, column };
    throw refusal('VALUE', `${shorten(text)} is not ${article(field)} ${field.name}`, field, word, {
      hint: valueHint(field, value),
    });
  }
  return value;
}

function parseStep(field: Field, word: Word, text: string): number {
  const largest = field === DAY_OF_WEEK ? 6 : field.max;
  const step = /^\d{1,4}$/.test(text) ? Number(text) : Number.NaN;
  if (step >= 1 && step <= largest) return step;
  throw refusal(
    'STEP',
    `The step /${shorten(text)} does not fit ${article(field)} ${field.name}`,
    field,
    word,
    {
      expected: `a step from 1 to ${largest}`,
      hint: stepHint(field, step),
    },
  );
}

function stepHint(field: Field, step: number): string {
  const every = (unit: string) =>
    `for an even distance write @every ${step > 0 ? step : 90}${unit}.`;
  if (field === SECOND) return `Once a minute is 0; ${every('s')}`;
  if (field === MINUTE) return `Once every hour is 0; ${every('m')}`;
  if (field === HOUR) return `Once a day is 0; ${every('h')}`;
  return 'Write the value itself in the place of the step.';
}

function valueHint(field: Field, value: number): string {
  if (value === 60 && (field === SECOND || field === MINUTE)) {
    return `The ${field.name} after 59 is 0 of the next one: write 0.`;
  }
  if (value === 24 && field === HOUR) return 'Midnight is hour 0: write 0.';
  return `Write ${expectedOf(field)}.`;
}

function notAnItem(field: Field, word: Word): ScheduleError {
  return refusal(
    'SYNTAX',
    `"${shorten(word.text)}" is not ${article(field)} ${field.name}`,
    field,
    word,
    {
      hint: foreignHint(field, word.text.toLowerCase()) ?? `Examples: ${examples(field)}.`,
    },
  );
}

function examples(field: Field): string {
  if (field === DAY_OF_MONTH) return '*, 1, 1-15, */2, 1,15, L (last day), 15W, LW';
  if (field === DAY_OF_WEEK) return '*, 1, MON-FRI, SAT,SUN, 5L (last Friday), FRI#2';
  const low = field.min;
  const named = field.names.size > 0 ? ', JAN, MAR-MAY' : '';
  return `*, ${low}, ${low}-${low + 5}, */5, ${low + 1}/2, ${low},${low + 5}${named}`;
}

function article({ name }: Field): string {
  return name === 'hour' ? 'an' : 'a';
}

function expectedOf(field: Field): string {
  const names =
    field.names.size > 0 ? ` or a ${field.name === 'month' ? 'month' : 'weekday'}'s name` : '';
  return `a number from ${field.min} to ${field.max}${names}`;
}

function refusal(
  kind: 'SYNTAX' | 'VALUE' | 'RANGE' | 'STEP',
  message: string,
  field: Field,
  word: Word,
  details: { expected?: string; hint: string },
): ScheduleError {
  const code: ScheduleErrorCode = `GITCRON_E_EXPRESSION_${kind}`;
  return new ScheduleError(code, `${message}.`, {
    column: word.column,
    expected: details.expected ?? expectedOf(field),
    hint: details.hint,
  });
}

/** A crontab may hold anything; an error message stays a message. */
function shorten(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
