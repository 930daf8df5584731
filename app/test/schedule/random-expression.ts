import * as fc from 'fast-check';

/** A field as text and, independently of any parser, as a question about a value. */
export interface RandomField {
  readonly text: string;
  readonly matches: (value: number) => boolean;
}

export interface RandomExpression {
  readonly text: string;
  readonly minute: RandomField;
  readonly hour: RandomField;
  readonly month: RandomField;
  readonly dayMatches: (day: CalendarDay) => boolean;
}

export interface CalendarDay {
  readonly day: number;
  /** Sunday is 0. */
  readonly weekday: number;
  readonly daysInMonth: number;
}

export interface FieldShapes {
  /** `5/20` and `1-30/7`; croner takes them for wildcards. */
  readonly steppedRanges: boolean;
}

/** January is 1. */
const MONTHS =
  ' january february march april may june july august september october november december'.split(
    ' ',
  );
const WEEKDAYS = 'sunday monday tuesday wednesday thursday friday saturday'.split(' ');

function field(
  min: number,
  max: number,
  { steppedRanges }: FieldShapes,
): fc.Arbitrary<RandomField> {
  const value = fc.integer({ min, max });
  const one = value.map((n): RandomField => ({ text: String(n), matches: (v) => v === n }));
  const range = fc.tuple(value, value).map(([a, b]): RandomField => {
    const [low, high] = [Math.min(a, b), Math.max(a, b)];
    return { text: `${low}-${high}`, matches: (v) => v >= low && v <= high };
  });
  const step = fc.integer({ min: 1, max: Math.min(max, 30) });
  const stepped = fc.tuple(value, value, step).map(([a, b, n]): RandomField => {
    const [low, high] = [Math.min(a, b), Math.max(a, b)];
    return {
      text: `${low}-${high}/${n}`,
      matches: (v) => v >= low && v <= high && (v - low) % n === 0,
    };
  });
  const open = fc.tuple(value, step).map(([low, n]): RandomField => ({
    text: `${low}/${n}`,
    matches: (v) => v >= low && (v - low) % n === 0,
  }));
  const star: fc.Arbitrary<RandomField> = fc.constant({ text: '*', matches: () => true });
  const starStep = step.map((n): RandomField => ({
    text: `*/${n}`,
    matches: (v) => (v - min) % n === 0,
  }));
  const items = steppedRanges ? [one, one, range, stepped, open] : [one, one, range];
  const list = fc
    .array(fc.oneof(...items), { minLength: 1, maxLength: 3 })
    .map((parts): RandomField => ({
      text: parts.map(({ text }) => text).join(','),
      matches: (v) => parts.some(({ matches }) => matches(v)),
    }));
  return fc.oneof(
    { weight: 3, arbitrary: list },
    { weight: 1, arbitrary: star },
    { weight: 1, arbitrary: starStep },
  );
}

interface DayRule {
  readonly text: string;
  readonly restricted: boolean;
  readonly matches: (day: CalendarDay) => boolean;
}

function nearestWorkingDay(target: number, { day, weekday, daysInMonth }: CalendarDay): number {
  const weekdayOfTarget = (((weekday + target - day) % 7) + 7) % 7;
  if (weekdayOfTarget === 6) return target === 1 ? 3 : target - 1;
  if (weekdayOfTarget === 0) return target === daysInMonth ? target - 2 : target + 1;
  return target;
}

const anyDay: fc.Arbitrary<DayRule> = fc.constant({
  text: '*',
  restricted: false,
  matches: () => true,
});

function dayOfMonth(shapes: FieldShapes): fc.Arbitrary<DayRule> {
  const plain = field(1, 31, shapes).map(({ text, matches }): DayRule => ({
    text,
    restricted: text !== '*',
    matches: ({ day }) => matches(day),
  }));
  const last: fc.Arbitrary<DayRule> = fc.constant({
    text: 'L',
    restricted: true,
    matches: ({ day, daysInMonth }) => day === daysInMonth,
  });
  const lastWorking: fc.Arbitrary<DayRule> = fc.constant({
    text: 'LW',
    restricted: true,
    matches: (day) => day.day === nearestWorkingDay(day.daysInMonth, day),
  });
  const working = fc.integer({ min: 1, max: 31 }).map((target): DayRule => ({
    text: `${target}W`,
    restricted: true,
    matches: (day) => target <= day.daysInMonth && day.day === nearestWorkingDay(target, day),
  }));
  return fc.oneof(
    { weight: 4, arbitrary: anyDay },
    { weight: 2, arbitrary: plain },
    last,
    lastWorking,
    working,
  );
}

function dayOfWeek(shapes: FieldShapes): fc.Arbitrary<DayRule> {
  const plain = field(0, 6, shapes).map(({ text, matches }): DayRule => ({
    text,
    restricted: text !== '*',
    matches: ({ weekday }) => matches(weekday),
  }));
  const weekday = fc.integer({ min: 0, max: 6 });
  const last = weekday.map((n): DayRule => ({
    text: `${n}L`,
    restricted: true,
    matches: (day) => day.weekday === n && day.day > day.daysInMonth - 7,
  }));
  const nth = fc.tuple(weekday, fc.integer({ min: 1, max: 5 })).map(([n, k]): DayRule => ({
    text: `${n}#${k}`,
    restricted: true,
    matches: (day) => day.weekday === n && Math.ceil(day.day / 7) === k,
  }));
  return fc.oneof({ weight: 4, arbitrary: anyDay }, { weight: 2, arbitrary: plain }, last, nth);
}

/** Five fields that a parser must accept, and what they mean. */
export function randomExpression(shapes: FieldShapes): fc.Arbitrary<RandomExpression> {
  const month = fc.oneof(
    { weight: 3, arbitrary: fc.constant<RandomField>({ text: '*', matches: () => true }) },
    { weight: 1, arbitrary: field(1, 12, shapes) },
  );
  return fc
    .tuple(field(0, 59, shapes), field(0, 23, shapes), dayOfMonth(shapes), month, dayOfWeek(shapes))
    .map(([minute, hour, date, inMonth, weekday]) => ({
      text: [minute, hour, date, inMonth, weekday].map(({ text }) => text).join(' '),
      minute,
      hour,
      month: inMonth,
      dayMatches: (day) => {
        if (date.restricted && weekday.restricted) return date.matches(day) || weekday.matches(day);
        return date.matches(day) && weekday.matches(day);
      },
    }));
}

/** Six or seven fields in all spellings, and what they mean. */
export interface RandomExpressionWithSeconds extends RandomExpression {
  readonly second: RandomField;
  readonly year: RandomField;
}

/** Full names, `?` and `7`: other words for the same. */
export function randomExpressionWithSeconds(): fc.Arbitrary<RandomExpressionWithSeconds> {
  const shapes = { steppedRanges: true };
  const years = fc.oneof(
    { weight: 2, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: field(1970, 2099, shapes) },
  );
  return fc
    .tuple(field(0, 59, shapes), randomExpression(shapes), years, fc.infiniteStream(fc.nat(3)))
    .map(([second, expression, year, choices]) => {
      const [minute = '', hour = '', date = '', month = '', weekday = ''] =
        expression.text.split(' ');
      const spelled = [
        second.text,
        spell(minute, [], choices),
        spell(hour, [], choices),
        spell(date, [], choices),
        spell(month, MONTHS, choices),
        spell(weekday, WEEKDAYS, choices),
      ];
      const text = [...spelled, ...(year === null ? [] : [year.text])].join(' ');
      return { ...expression, text, second, year: year ?? { text: '*', matches: () => true } };
    });
}

function spell(text: string, names: readonly string[], choices: Iterator<number>): string {
  const choose = (): number => choices.next().value;
  if (text === '*') return choose() === 0 ? '?' : text;
  if (names === WEEKDAYS && choose() === 0) text = text.replace(/^0(?=$|\/)/, '7');
  return text.replaceAll(/(?<![/#\d])\d+/g, (number) => {
    const name = names[Number(number)] ?? '';
    const choice = choose();
    if (name === '' || choice === 0) return number;
    if (choice === 1) return name;
    return choice === 2 ? name.slice(0, 3).toUpperCase() : name.slice(0, 3);
  });
}
