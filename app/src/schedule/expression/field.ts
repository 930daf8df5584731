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

const MONTHS =
  'january february march april may june july august september october november december';
const WEEKDAYS = 'sunday monday tuesday wednesday thursday friday saturday';

function namesFrom(first: number, list: string): ReadonlyMap<string, number> {
  return new Map(
    list.split(' ').flatMap((name, index): [string, number][] => [
      [name, first + index],
      [name.slice(0, 3), first + index],
    ]),
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
  names: namesFrom(1, MONTHS),
};
/** Sunday is 0, and 7 as well. */
export const DAY_OF_WEEK: Field = {
  name: 'day of week',
  min: 0,
  max: 7,
  digits: 2,
  names: namesFrom(0, WEEKDAYS),
};
export const YEAR: Field = {
  name: 'year',
  min: FIRST_YEAR,
  max: LAST_YEAR,
  digits: 4,
  names: NO_NAMES,
};
