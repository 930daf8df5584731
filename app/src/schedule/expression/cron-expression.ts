import type { BitSet } from './bit-set.ts';

/** The days of the month that a rule names; day 1 is bit 0. */
export interface DaysOfMonth {
  readonly restricted: boolean;
  readonly days: number;
  readonly nearestWorkingDays: number;
  readonly lastDay: boolean;
  readonly lastWorkingDay: boolean;
}

/** The weekdays that a rule names; Sunday is bit 0. */
export interface DaysOfWeek {
  readonly restricted: boolean;
  readonly weekdays: number;
  /** The last of its kind in the month. */
  readonly last: number;
  /** Index 0: the first of its kind in the month. Null when the rule names none. */
  readonly nth: readonly number[] | null;
}

/** A cron rule as bitmaps: about half a kilobyte, and the next slot is found without a loop over time. */
export interface CronExpression {
  readonly source: string;
  readonly seconds: BitSet;
  readonly minutes: BitSet;
  readonly hours: BitSet;
  readonly daysOfMonth: DaysOfMonth;
  readonly months: BitSet;
  readonly daysOfWeek: DaysOfWeek;
  /** Bit 0 is 1970. Null: every year. */
  readonly years: BitSet | null;
  /**
   * A leading `*` in minute or hour: the rule follows the wall clock through a clock change, as
   * Vixie cron does. Without one, each slot runs once.
   */
  readonly followsWallClock: boolean;
}
