/** What a field may hold. */
export interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** How many digits a number may have. */
  readonly digits: number;
  /** Three-letter and full names in lower case. */
  readonly names: ReadonlyMap<string, number>;
}

const NO_NAMES: ReadonlyMap<string, number> = new Map();

export const MONTH_NAMES =
  'January February March April May June July August September October November December'.split(
    ' ',
  );
/** From Sunday, as cron counts. */
export const WEEKDAY_NAMES = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ');

function namesFrom(first: number, list: readonly string[]): ReadonlyMap<string, number> {
  return new Map(
    list.flatMap((written, index): [string, number][] => {
      const name = written.toLowerCase();
      return [
        [name, first + index],
        [name.slice(0, 3), first + index],
      ];
    }),
  );
}

export const FIRST_YEAR = 1970;
export const LAST_YEAR = 2099;

export const SECOND: Field = { name: 'second', min: 0, max: 59, digits: 2, names: NO_NAMES };
export const MINUTE: Field = { name: 'minute', min: 0, max: 59, digits: 2, names: NO_NAMES };
export const HOUR: Field = { name: 'hour', min: 0, max: 23, digits: 2, names: NO_NAMES };
export const DAY_OF_MONTH: Field = {
  name: 'day of month',
  min: 1,
  max: 31,
  digits: 2,
  names: NO_NAMES,
};
export const MONTH: Field = {
  name: 'month',
  min: 1,
  max: 12,
  digits: 2,
  names: namesFrom(1, MONTH_NAMES),
};
/** Sunday is 0, and 7 as well. */
export const DAY_OF_WEEK: Field = {
  name: 'day of week',
  min: 0,
  max: 7,
  digits: 2,
  names: namesFrom(0, WEEKDAY_NAMES),
};
export const YEAR: Field = {
  name: 'year',
  min: FIRST_YEAR,
  max: LAST_YEAR,
  digits: 4,
  names: NO_NAMES,
};
