/**
 * Random lives of a supervisor: it runs, is suspended or stalled, is killed and started again, and
 * the clock is set, in any order. What fires is compared with an oracle that shares nothing with the
 * scheduler but docs/crontab.md's words: its slots come from arithmetic, its decisions from a walk through
 * the seconds.
 */
import * as fc from 'fast-check';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import type { Clock } from '@gitcron/base/clock';
import { parseCrontab } from '../../src/schedule/crontab/parse.ts';
import { Scheduler } from '../../src/schedule/scheduler.ts';
import { memoryHandledSlots } from './memory-handled-slots.ts';
import { VirtualClock } from './virtual-clock.ts';

const START = '2026-11-21T10:00:00.000Z';
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

interface Rule {
  readonly line: string;
  readonly isFixed: boolean;
  /** @param second since 1970. */
  readonly isDue: (second: number) => boolean;
}

const RULES: readonly Rule[] = [
  { line: '*/10 * * * * * *', isFixed: false, isDue: (second) => second % 10 === 0 },
  { line: '* * * * *', isFixed: false, isDue: (second) => second % 60 === 0 },
  { line: '@every 7s', isFixed: false, isDue: (second) => second % 7 === 0 },
  {
    line: '0,5,10,15,20,25,30,35,40,45,50,55 0-23 * * *',
    isFixed: true,
    isDue: (second) => second % 300 === 0,
  },
];

interface CatchUp {
  readonly text: string;
  readonly mode: 'none' | 'last' | 'all';
  readonly windowMs: number;
}

const CATCH_UPS: readonly CatchUp[] = [
  { text: 'none', mode: 'none', windowMs: 0 },
  { text: 'last', mode: 'last', windowMs: Number.POSITIVE_INFINITY },
  { text: 'all', mode: 'all', windowMs: Number.POSITIVE_INFINITY },
  { text: 'last 12m', mode: 'last', windowMs: 12 * MINUTE },
  { text: 'all 3m', mode: 'all', windowMs: 3 * MINUTE },
];

type Happening =
  | { readonly kind: 'pass'; readonly ms: number }
  /** `setMs` is how the wall clock moves by itself: a suspend or a hand moves it ahead. */
  | { readonly kind: 'stall' | 'restart'; readonly ms: number; readonly setMs: number };

/** Random amounts keep away from the limits of 1 s, 1 min and 3 h, where one look more or less decides. */
const setBack = fc.constantFrom(-20 * SECOND, -30 * MINUTE, -2 * HOUR, -5 * HOUR);
const setAhead = fc.integer({ min: 1, max: 80 }).map((minutes) => minutes * MINUTE);
const someMs = (maxSeconds: number) =>
  fc.integer({ min: 12, max: maxSeconds * 2 }).map((halves) => halves * 500 + 250);
const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: someMs(900) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom('stall' as const, 'restart' as const),
      ms: someMs(150),
      setMs: fc.oneof(fc.constant(0), fc.constant(0), setAhead, setBack),
    }),
  },
);

type Fired = [trigger: string, at: string];
const iso = (at: number) => new Date(at).toISOString();

/** The scheduler's own answer. */
function lifeOf(happenings: readonly Happening[], crontab: string): Map<string, Fired[]> {
  const { jobs, problems } = parseCrontab(crontab, { file: 'crontab', defaultZone: 'UTC' });
  expect(problems).toEqual([]);
  const clock = new VirtualClock(START);
  const handledSlots = memoryHandledSlots();
  const fired = new Map(jobs.map(({ slug }) => [slug, new Array<Fired>()]));
  let life = { isOver: false };
  const start = (): void => {
    const mine = { isOver: false };
    life = mine;
    const mortal: Clock = {
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
      stayAwakeUntil: (instant) => clock.stayAwakeUntil(instant),
      after: (delayMs, callback) => clock.after(delayMs, () => mine.isOver || callback()),
    };
    const scheduler = new Scheduler({
      clock: mortal,
      logger: pino({ level: 'silent' }),
      handledSlots,
      minuteBeat: () => ({ stop: () => {} }),
      dispatcher: {
        prepare: () => {},
        withdraw: () => {},
        fire: ({ job, at, trigger }, settled) => {
          fired.get(job.slug)?.push([trigger, iso(at)]);
          settled?.();
        },
      },
    });
    scheduler.replace('repository', jobs);
    scheduler.start();
  };
  start();
  for (const each of happenings) {
    if (each.kind === 'pass') {
      clock.pass(each.ms);
      continue;
    }
    if (each.kind === 'restart') life.isOver = true;
    clock.set(each.setMs);
    clock.stall(each.ms);
    if (each.kind === 'restart') start();
  }
  return fired;
}

/** The oracle: the same life, from docs/crontab.md's words. */
function expectedOf(
  happenings: readonly Happening[],
  { isDue, isFixed }: Rule,
  { mode, windowMs }: CatchUp,
): Fired[] {
  const fired: Fired[] = [];
  let wall = Date.parse(START);
  /** Slots up to here are dealt with. */
  let dealtWith = wall;
  /** What of that outlives the supervisor. */
  let saved = wall;
  const slotsUntil = (end: number): number[] => {
    const slots: number[] = [];
    for (let second = Math.floor(dealtWith / 1000) + 1; second * 1000 <= end; second += 1) {
      if (isDue(second)) slots.push(second * 1000);
    }
    return slots;
  };
  const setBackTo = (now: number, before: number): void => {
    const byMs = before - now;
    if (byMs <= MINUTE || (isFixed && byMs <= 3 * HOUR)) return;
    dealtWith = now;
    saved = now;
  };

  for (const each of happenings) {
    const before = wall;
    wall += each.ms + (each.kind === 'pass' ? 0 : each.setMs);
    if (each.kind === 'pass') {
      for (const at of slotsUntil(wall)) {
        fired.push(['schedule', iso(at)]);
        saved = at;
      }
      dealtWith = Math.max(dealtWith, wall);
      continue;
    }
    if (each.kind === 'restart') {
      dealtWith = mode === 'none' ? wall : saved;
      setBackTo(wall, dealtWith);
    } else {
      setBackTo(wall, before);
    }
    const due = slotsUntil(wall);
    const isLate = each.kind === 'restart' || due.some((at) => at <= wall - SECOND);
    const inWindow = due.filter((at) => at >= wall - windowMs);
    if (mode === 'none') {
      const late = due.filter((at) => at > wall - MINUTE);
      const isAllLate = late.length === due.length;
      const told = isAllLate ? late : late.slice(-1);
      fired.push(...told.map((at): Fired => ['schedule', iso(at)]));
    } else if (isLate) {
      const madeUp = mode === 'last' ? inWindow.slice(-1) : inWindow;
      fired.push(...madeUp.map((at): Fired => ['catch_up', iso(at)]));
    } else {
      fired.push(...due.map((at): Fired => ['schedule', iso(at)]));
    }
    if (due.length > 0) saved = isLate ? wall : (due.at(-1) ?? saved);
    dealtWith = Math.max(dealtWith, wall);
    if (each.kind === 'restart') saved = dealtWith;
  }
  return fired;
}

test('stalls, restarts and set clocks in any order: each slot is run, made up for or missed as docs/crontab.md says', () => {
  const cases = RULES.flatMap((rule) => CATCH_UPS.map((catchUp) => ({ rule, catchUp })));
  const crontab = cases
    .map(
      ({ rule, catchUp }, index) =>
        `# @name j${index}\n# @catchup ${catchUp.text}\n${rule.line} x\n`,
    )
    .join('\n');
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 9 }), (happenings) => {
      const fired = lifeOf(happenings, crontab);
      for (const [index, { rule, catchUp }] of cases.entries()) {
        const what = `${rule.line}, @catchup ${catchUp.text}`;
        const expected = expectedOf(happenings, rule, catchUp);
        expect({ what, fired: fired.get(`j${index}`) }).toEqual({ what, fired: expected });
      }
    }),
    { numRuns: Number(process.env['FUZZ_RUNS'] ?? 60) },
  );
});
