/**
 * Random lives of a supervisor, in which it is killed, stopped, stalled and its clock is set, while
 * crontabs come and go: each planned slot has a fate, and that fate is what really happened.
 */
import * as fc from 'fast-check';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import type { Clock } from '@gitcron/base/clock';
import { parseCrontab } from '../../src/schedule/crontab/parse.ts';
import type { Job } from '../../src/schedule/job.ts';
import { Scheduler } from '../../src/schedule/scheduler.ts';
import { fateOf, slotsOf, withdrawnSlot, type Fate } from '../../src/schedule/slot-fates.ts';
import { memoryHandledSlots } from './memory-handled-slots.ts';
import { memorySlotNotes } from './memory-slot-notes.ts';
import { VirtualClock } from './virtual-clock.ts';

const START = Date.parse('2026-11-21T10:00:00.000Z');
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

const RULES = [
  { line: '*/10 * * * * * *', everySeconds: 10 },
  { line: '* * * * *', everySeconds: 60 },
  { line: '@every 7s', everySeconds: 7 },
  { line: '0,5,10,15,20,25,30,35,40,45,50,55 0-23 * * *', everySeconds: 300 },
];
const CATCH_UPS = ['none', 'last', 'all', 'last 12m', 'all 3m'];
const CASES = RULES.flatMap((rule) => CATCH_UPS.map((catchUp) => ({ ...rule, catchUp })));

/** Jobs `s…` stay for ever; jobs `g…` go away, are disabled and come back. */
const CRONTABS = ['all', 'without', 'disabled', 'rescheduled'] as const;
type Crontab = (typeof CRONTABS)[number];

function jobsOf(crontab: Crontab): readonly Job[] {
  const text = CASES.flatMap(({ line, catchUp }, index) => {
    const job = (name: string, schedule: string, more = '') =>
      `# @name ${name}${index}\n# @catchup ${catchUp}\n${more}${schedule} x\n`;
    const stays = job('s', line);
    if (crontab === 'without') return [stays];
    if (crontab === 'rescheduled') return [stays, job('g', '*/13 * * * * * *')];
    return [stays, job('g', line, crontab === 'disabled' ? '# @disabled\n' : '')];
  });
  const { jobs, problems } = parseCrontab(text.join('\n'), { file: 'crontab', defaultZone: 'UTC' });
  expect(problems).toEqual([]);
  return jobs;
}
const JOBS = Object.fromEntries(CRONTABS.map((crontab) => [crontab, jobsOf(crontab)]));

type Happening =
  | { readonly kind: 'pass'; readonly ms: number }
  | { readonly kind: 'reload'; readonly crontab: Crontab }
  | { readonly kind: 'stall' | 'kill' | 'stop'; readonly ms: number; readonly setMs: number };

const someMs = (maxSeconds: number) =>
  fc.integer({ min: 12, max: maxSeconds * 2 }).map((halves) => halves * 500 + 250);
const setAhead = fc.integer({ min: 1, max: 80 }).map((minutes) => minutes * MINUTE);
const setBack = fc.constantFrom(-20 * SECOND, -30 * MINUTE, -2 * HOUR, -5 * HOUR);
const away = (setMs: fc.Arbitrary<number>) =>
  fc.record({
    kind: fc.constantFrom('stall' as const, 'kill' as const, 'stop' as const),
    ms: someMs(200),
    setMs,
  });
const happeningsWith = (setMs: fc.Arbitrary<number>) =>
  fc.array(
    fc.oneof(
      { weight: 3, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: someMs(700) }) },
      { weight: 4, arbitrary: away(setMs) },
      {
        weight: 2,
        arbitrary: fc.record({
          kind: fc.constant('reload' as const),
          crontab: fc.constantFrom(...CRONTABS),
        }),
      },
    ),
    { maxLength: 9 },
  );

/** One life, and what is known of it at its end. */
async function live(happenings: readonly Happening[]) {
  const clock = new VirtualClock(new Date(START).toISOString());
  const handledSlots = memoryHandledSlots();
  const memory = memorySlotNotes();
  const fired = new Map<string, Set<number>>();
  const down: { from: number; to: number }[] = [];
  let crontab: Crontab = 'all';
  let runs = 0;

  const start = () => {
    const mine = { isOver: false };
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
      notes: memory.notes,
      minuteBeat(beat) {
        let timer = mortal.after(MINUTE, function next() {
          timer = mortal.after(MINUTE, next);
          beat();
        });
        return { stop: () => timer.cancel() };
      },
      dispatcher: {
        prepare: () => {},
        withdraw: () => {},
        fire({ job: { slug }, at, trigger }, settled) {
          fired.set(slug, (fired.get(slug) ?? new Set()).add(at));
          runs += 1;
          // It is fired a little ahead, and begins at its instant.
          const now = Math.max(clock.now(), at);
          const run = { runId: `${runs}`, scheduledAt: at, queuedAt: now, startedAt: now };
          settled?.();
          memory.ran(slug, { ...run, status: 'succeeded', trigger });
        },
      },
    });
    scheduler.replace('repository', JOBS[crontab] ?? []);
    scheduler.start();
    return { scheduler, die: () => (mine.isOver = true) };
  };

  let supervisor = start();
  for (const each of happenings) {
    if (each.kind === 'pass') clock.pass(each.ms);
    else if (each.kind === 'reload') {
      crontab = each.crontab;
      supervisor.scheduler.replace('repository', JOBS[crontab] ?? []);
    } else {
      const from = clock.now();
      if (each.kind === 'stop') await supervisor.scheduler.stop();
      if (each.kind !== 'stall') supervisor.die();
      clock.set(each.setMs);
      clock.stall(each.ms);
      if (each.kind === 'stall') continue;
      down.push({ from, to: clock.now() });
      supervisor = start();
    }
  }
  const now = clock.now();
  const fatesOf = (slug: string) => {
    const timings = memory.timingsOf(slug);
    const known = memory.knownOf(slug, now, supervisor.scheduler.ledger.since);
    return timings.flatMap((timing) =>
      [...slotsOf(timing, START + 1, now - SECOND)].map((at) => ({
        at,
        fate: fateOf(at, timing, known),
      })),
    );
  };
  return { now, down, fatesOf, firedOf: (slug: string) => fired.get(slug) ?? new Set<number>() };
}

const RAN: ReadonlySet<Fate['kind']> = new Set(['on_time', 'late', 'made_up']);

function slotsBetween(everySeconds: number, from: number, to: number): number[] {
  const step = everySeconds * SECOND;
  const first = (Math.floor(from / step) + 1) * step;
  return Array.from(
    { length: Math.max(0, Math.floor((to - first) / step) + 1) },
    (_, n) => first + n * step,
  );
}

const numRuns = Number(process.env['FUZZ_RUNS'] ?? 40);

describe('the fate of a slot', () => {
  it('is known of every one, whatever happens: planned less explained is nothing', async () => {
    await fc.assert(
      fc.asyncProperty(
        happeningsWith(fc.oneof(fc.constant(0), setAhead, setBack)),
        async (happenings) => {
          const { now, fatesOf, firedOf } = await live(happenings);
          for (const [index, { everySeconds, line, catchUp }] of CASES.entries()) {
            const what = `${line}, @catchup ${catchUp}`;
            for (const slug of [`s${index}`, `g${index}`]) {
              const unexplained = fatesOf(slug).filter(
                ({ at, fate }) =>
                  fate.kind === 'unexplained' || RAN.has(fate.kind) !== firedOf(slug).has(at),
              );
              expect({ what, slug, unexplained }).toEqual({ what, slug, unexplained: [] });
            }
            // None of those that were planned is left out, and none is told twice.
            const planned = slotsBetween(everySeconds, START, now - SECOND);
            expect({ what, slots: fatesOf(`s${index}`).map(({ at }) => at) }).toEqual({
              what,
              slots: planned,
            });
          }
        },
      ),
      { numRuns },
    );
  });

  it('says rightly why, as long as the clock is right', async () => {
    await fc.assert(
      fc.asyncProperty(happeningsWith(fc.constant(0)), async (happenings) => {
        const { down, fatesOf, firedOf } = await live(happenings);
        const isDown = (at: number) => down.some(({ from, to }) => from < at && at <= to);
        const faultOf = (slug: string, at: number, fate: Fate, catchUp: string): string | null => {
          const stays = slug.startsWith('s');
          if (fate.kind === 'withdrawn') return stays ? 'it was never taken away' : null;
          if (fate.kind !== 'missed') return null;
          if (firedOf(slug).has(at)) return 'it was fired';
          if (fate.why !== (isDown(at) ? 'down' : 'stalled')) return `it was not ${fate.why}`;
          const by = fate.madeUpBy;
          const isMadeUpFor = by !== null && by.scheduledAt > at && by.trigger === 'catch_up';
          return stays && catchUp === 'last' && !isMadeUpFor ? 'nothing makes up for it' : null;
        };
        const faults = CASES.flatMap(({ catchUp }, index) =>
          [`s${index}`, `g${index}`].flatMap((slug) =>
            fatesOf(slug).flatMap(({ at, fate }) => {
              const fault = faultOf(slug, at, fate, catchUp);
              return fault === null ? [] : [{ slug, at, fault }];
            }),
          ),
        );
        expect(faults).toEqual([]);
      }),
      { numRuns },
    );
  });
});

describe('a slot that was taken away', () => {
  const [job] = jobsOf('all');
  if (job === undefined) throw new Error('there is none');
  const timing = (since: number, until: number | null, held: 'switch' | null = null) => ({
    job,
    since,
    until,
    held,
    makesUpMs: null,
    endedBy: 'b'.repeat(40),
  });

  it('is the next one of a job that is gone, or the same job has it still', () => {
    const gone = timing(START, START + 1);
    expect(withdrawnSlot(gone, [gone])).toBe(START + 10_000);
    const later = timing(START + 15_000, null);
    expect(withdrawnSlot(gone, [gone, later])).toBe(START + 10_000);
    const same = timing(START + 1, null, 'switch');
    expect(withdrawnSlot(gone, [gone, same])).toBeNull();
    expect(withdrawnSlot(later, [gone, later])).toBeNull();
  });
});
