import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { parseCrontab } from '../../src/schedule/crontab/parse.ts';
import type { HandledSlots } from '../../src/schedule/handled-slots.ts';
import type { MinuteBeat } from '../../src/schedule/minute-beat.ts';
import { MOST_AHEAD_MS, type Job, type Slot } from '../../src/schedule/job.ts';
import { nextSlotsOf } from '../../src/schedule/planner.ts';
import { Scheduler } from '../../src/schedule/scheduler.ts';
import { memoryHandledSlots } from './memory-handled-slots.ts';
import { VirtualClock } from './virtual-clock.ts';

const START = '2026-11-21T10:00:00.000Z';
const HOUR_MS = 3_600_000;
const logger = pino({ level: 'silent' });

function jobs(crontab: string): readonly Job[] {
  const parsed = parseCrontab(crontab, { file: 'crontab', defaultZone: 'UTC' });
  expect(parsed.problems).toEqual([]);
  return parsed.jobs;
}

/** As another crontab of the same grammar will be: its names have a dot, which no other's can. */
function systemJobs(crontab: string): readonly Job[] {
  return jobs(crontab).map((job) => ({ ...job, slug: `system.${job.slug}` }));
}

/** node-cron's place, driven by the virtual clock. */
function virtualMinuteBeat(clock: VirtualClock): MinuteBeat {
  return (onBeat) => {
    const arm = () => clock.after(60_000 - (clock.now() % 60_000), beat);
    const beat = (): void => {
      timer = arm();
      onBeat();
    };
    let timer = arm();
    return { stop: () => timer.cancel() };
  };
}

interface Called {
  readonly what: 'prepare' | 'fire' | 'withdraw';
  readonly slot: Slot;
  readonly now: number;
}

/** A scheduler on a virtual clock and everything that it asked for. */
class Bench {
  readonly clock: VirtualClock;
  readonly calls: Called[] = [];
  readonly scheduler: Scheduler;
  readonly handledSlots: HandledSlots;

  constructor(
    options: {
      start?: string;
      clock?: VirtualClock;
      handledSlots?: HandledSlots;
      onFire?: (slot: Slot) => void;
      /** False for a run that waits for its turn for ever. */
      mayBegin?: (slot: Slot) => boolean;
    } = {},
  ) {
    this.clock = options.clock ?? new VirtualClock(options.start ?? START);
    this.handledSlots = options.handledSlots ?? memoryHandledSlots();
    const note = (what: Called['what']) => (slot: Slot, settled?: () => void) => {
      this.calls.push({ what, slot, now: this.clock.now() });
      if (what === 'fire') options.onFire?.(slot);
      if (options.mayBegin?.(slot) ?? true) settled?.();
    };
    this.scheduler = new Scheduler({
      clock: this.clock,
      logger,
      handledSlots: this.handledSlots,
      leadMs: 1500,
      minuteBeat: virtualMinuteBeat(this.clock),
      dispatcher: { prepare: note('prepare'), fire: note('fire'), withdraw: note('withdraw') },
    });
  }

  called(what: Called['what']): Called[] {
    return this.calls.filter((call) => call.what === what);
  }

  /** The instants fired, in the order of firing. */
  fired(slug?: string): string[] {
    return this.called('fire')
      .filter(({ slot }) => slug === undefined || slot.job.slug === slug)
      .map(({ slot }) => `${slot.trigger} ${new Date(slot.at).toISOString().slice(11, 19)}`);
  }
}

function everySecond(from: string, count: number): string[] {
  return Array.from(
    { length: count },
    (_, index) =>
      `schedule ${new Date(Date.parse(from) + index * 1000).toISOString().slice(11, 19)}`,
  );
}

function expectCaughtUp(bench: Bench): void {
  expect(bench.fired('none')).toEqual([]);
  expect(bench.fired('last')).toEqual(['catch_up 15:00:00']);
  expect(bench.fired('all')).toEqual(
    ['11', '12', '13', '14', '15'].map((hour) => `catch_up ${hour}:00:00`),
  );
  expect(bench.fired('window')).toEqual(['catch_up 14:00:00', 'catch_up 15:00:00']);
  expect(bench.fired('stale')).toEqual([]);
}

describe('on time', () => {
  test('each slot is prepared before its instant, and fired so little ahead that all is done when it comes', () => {
    const bench = new Bench();
    bench.clock.earlyMs = 1;
    bench.scheduler.replace('repository', jobs('*/2 * * * * a'));
    bench.scheduler.start();
    bench.clock.passUntil('2026-11-21T10:06:30Z');
    expect(bench.fired()).toEqual(['schedule 10:02:00', 'schedule 10:04:00', 'schedule 10:06:00']);
    for (const { slot, now } of bench.called('fire')) {
      expect(slot.at - now).toBeGreaterThan(0);
      expect(slot.at - now).toBeLessThanOrEqual(5);
    }
    for (const { slot, now } of bench.called('prepare')) {
      expect(slot.at - now).toBeLessThanOrEqual(1500);
      expect(slot.at - now).toBeGreaterThan(1400);
    }
    expect(bench.called('withdraw')).toEqual([]);
  });

  test('a day of every second: none lost, none doubled', () => {
    const bench = new Bench();
    bench.scheduler.start();
    bench.scheduler.replace('repository', jobs('* * * * * * * a'));
    bench.clock.pass(24 * HOUR_MS);
    const instants = bench.called('fire').map(({ slot }) => slot.at);
    expect(instants).toHaveLength(86_400);
    expect(new Set(instants).size).toBe(86_400);
    expect(instants).toEqual(instants.toSorted((a, b) => a - b));
  });

  test('10,000 jobs of one instant: all fire, in the order of the crontab, with few timers', () => {
    const bench = new Bench();
    const lines = Array.from({ length: 10_000 }, (_, index) => `# @name j${index}\n0 * * * * a`);
    bench.scheduler.replace('repository', jobs(lines.join('\n')));
    bench.scheduler.start();
    bench.clock.passUntil('2026-11-21T11:00:30Z');
    const fires = bench.called('fire');
    expect(fires.map(({ slot }) => slot.job.slug)).toEqual(lines.map((_, index) => `j${index}`));
    expect(bench.clock.timersArmed).toBeLessThan(3000);
  });

  test('many jobs of different rhythms: each has all its slots, and time only goes forward', () => {
    const bench = new Bench();
    const rules = ['*/7 * * * *', '3,33 * * * *', '@every 95s', '*/20 * * * * * *', '15 11 * * *'];
    const crontab = jobs(
      Array.from(
        { length: 40 },
        (_, index) =>
          `# @name j${index}\n# @jitter ${index % 3}m\n${rules[index % rules.length]} x`,
      ).join('\n'),
    );
    bench.scheduler.replace('repository', crontab);
    bench.scheduler.start();
    bench.clock.pass(2 * HOUR_MS);
    const fires = bench.called('fire');
    for (const job of crontab) {
      const instants = fires.flatMap(({ slot }) => (slot.job === job ? slot.at : []));
      const planned = nextSlotsOf(job, Date.parse(START), 400).filter(
        (at) => at <= bench.clock.now(),
      );
      expect(instants).toEqual(planned);
    }
    for (const { slot, now } of fires) {
      expect(slot.at - now).toBeGreaterThanOrEqual(0);
      expect(slot.at - now).toBeLessThanOrEqual(MOST_AHEAD_MS);
    }
    expect(fires.map(({ slot }) => slot.at)).toEqual(
      fires.map(({ slot }) => slot.at).toSorted((a, b) => a - b),
    );
  });

  test('one dispatcher call that throws keeps no other job from its slot', () => {
    const bench = new Bench({
      onFire: ({ job }) => {
        if (job.slug === 'bad') throw new Error('no process for you');
      },
    });
    bench.scheduler.replace(
      'repository',
      jobs('# @name bad\n* * * * * x\n# @name good\n* * * * * x'),
    );
    bench.scheduler.start();
    bench.clock.pass(60_000);
    expect(bench.fired('good')).toEqual(['schedule 10:01:00']);
  });

  test('@every counts from 1970, @jitter moves a job by the same amount each time', () => {
    const bench = new Bench();
    bench.scheduler.replace(
      'repository',
      jobs(
        '# @name e\n@every 40s x\n# @name s\n# @jitter 50s\n* * * * * x\n# @name t\n# @jitter 50s\n* * * * * x',
      ),
    );
    bench.scheduler.start();
    bench.clock.pass(180_000);
    expect(bench.fired('e').slice(0, 2)).toEqual(['schedule 10:00:40', 'schedule 10:01:20']);
    const offsets = (slug: string) =>
      bench.called('fire').flatMap(({ slot }) => (slot.job.slug === slug ? slot.at % 60_000 : []));
    expect(new Set(offsets('s')).size).toBe(1);
    expect(new Set(offsets('t')).size).toBe(1);
    expect(offsets('s')[0]).not.toBe(offsets('t')[0]);
    expect(offsets('s')[0]).toBeLessThan(50_000);
    expect(bench.scheduler.nextSlots('s', 2).map((at) => at % 60_000)).toEqual(
      offsets('s').slice(0, 2),
    );
  });

  test('@disabled and @manual never fire, and a crontab without jobs is quiet', () => {
    const bench = new Bench();
    bench.scheduler.replace('repository', jobs('# @disabled\n* * * * * x\n@manual y'));
    bench.scheduler.start();
    bench.clock.pass(HOUR_MS);
    bench.scheduler.replace('repository', []);
    bench.clock.pass(HOUR_MS);
    expect(bench.calls).toEqual([]);
    expect(bench.scheduler.nextSlots('x', 3)).toEqual([]);
  });

  test('a start long after the crontab does not go back for the slots before it', () => {
    const bench = new Bench();
    bench.scheduler.replace('repository', jobs('* * * * * x'));
    bench.clock.pass(10 * 60_000);
    bench.scheduler.start();
    bench.clock.pass(60_000);
    expect(bench.fired()).toEqual(['schedule 10:11:00']);
  });

  test('stop gives prepared slots back and fires nothing more', async () => {
    const bench = new Bench();
    bench.scheduler.replace('repository', jobs('* * * * * x'));
    bench.scheduler.start();
    bench.clock.pass(59_000);
    await bench.scheduler.stop();
    bench.clock.pass(HOUR_MS);
    expect(bench.calls.map(({ what }) => what)).toEqual(['prepare', 'withdraw']);
  });

  test('health tells of the last beat', () => {
    const bench = new Bench();
    expect(bench.scheduler.health()).toEqual({ beating: false, lastBeatAt: null });
    bench.scheduler.start();
    bench.clock.pass(90_000);
    expect(bench.scheduler.health()).toEqual({
      beating: true,
      lastBeatAt: Date.parse('2026-11-21T10:01:00Z'),
    });
  });
});

describe('@reboot', () => {
  test.each(['start first', 'crontab first'])(
    'once, for jobs of the first crontab (%s)',
    (order) => {
      const bench = new Bench();
      if (order === 'start first') bench.scheduler.start();
      bench.scheduler.replace('repository', jobs('@reboot a\n# @disabled\n@reboot b'));
      if (order === 'crontab first') bench.scheduler.start();
      bench.scheduler.replace('repository', jobs('@reboot a\n@reboot c'));
      bench.clock.pass(HOUR_MS);
      expect(bench.fired()).toEqual(['boot 10:00:00']);
    },
  );

  test('a job that a later crontab adds waits for the next start, also if the first was empty', () => {
    const bench = new Bench();
    bench.scheduler.start();
    bench.scheduler.replace('repository', []);
    bench.scheduler.replace('repository', jobs('@reboot a'));
    expect(bench.calls).toEqual([]);
  });

  test.each(['start first', 'crontab first'])(
    'the crontab of one source does not use up that of another (%s)',
    (order) => {
      const bench = new Bench();
      if (order === 'start first') bench.scheduler.start();
      bench.scheduler.replace('system', systemJobs('@reboot a'));
      if (order === 'crontab first') bench.scheduler.start();
      bench.scheduler.replace('repository', jobs('@reboot a'));
      bench.scheduler.replace('repository', jobs('@reboot b'));
      bench.clock.pass(HOUR_MS);
      expect(bench.fired()).toEqual(['boot 10:00:00', 'boot 10:00:00']);
    },
  );
});

describe('two sources of jobs', () => {
  test('a crontab takes the place of that of its source alone', () => {
    const bench = new Bench();
    bench.scheduler.start();
    bench.scheduler.replace('system', systemJobs('0 * * * * same'));
    const first = bench.scheduler.replace('repository', jobs('30 * * * * same'));
    expect(first).toMatchObject({ added: ['same'], removed: [] });
    const second = bench.scheduler.replace('repository', []);
    expect(second).toMatchObject({ removed: ['same'] });
    bench.clock.pass(HOUR_MS);
    expect(bench.fired()).toEqual(['schedule 11:00:00']);
  });

  test('what one still has to make up for outlives that the other comes into force', () => {
    const handledSlots = memoryHandledSlots();
    const kept = { until: 0, schedule: '' };
    handledSlots.set('ours', kept);
    handledSlots.set('system.theirs', kept);
    const bench = new Bench({ handledSlots });
    bench.scheduler.replace('system', []);
    expect([handledSlots.get('ours'), handledSlots.get('system.theirs')]).toEqual([
      { ...kept, waiting: [] },
      undefined,
    ]);
  });
});

describe('reload', () => {
  test('in the middle of a second, twice a second: no slot of a kept or changed job is lost or doubled', () => {
    const bench = new Bench();
    bench.scheduler.start();
    const summaries = Array.from({ length: 200 }, (_, round) => {
      const summary = bench.scheduler.replace(
        'repository',
        jobs(
          `# comment ${round}\n# @name kept\n* * * * * * * a\n\n# @name edited\n* * * * * * * echo ${round}\n# @name n${round}\n0 0 1 1 * x`,
        ),
      );
      bench.clock.pass(517);
      return summary;
    });
    expect(summaries[199]).toEqual({
      added: ['n199'],
      removed: ['n198'],
      changed: ['edited'],
      kept: ['kept'],
    });
    const seconds = everySecond('2026-11-21T10:00:01Z', 103);
    expect(bench.fired('kept')).toEqual(seconds);
    expect(bench.fired('edited')).toEqual(seconds);
  });

  test('a prepared slot of a changed command is withdrawn and prepared anew; of a kept one it is not touched', () => {
    const bench = new Bench();
    bench.scheduler.replace(
      'repository',
      jobs('# @name a\n* * * * * old\n# @name b\n* * * * * same'),
    );
    bench.scheduler.start();
    bench.clock.pass(59_000);
    bench.scheduler.replace(
      'repository',
      jobs('# @name b\n* * * * * same\n# @name a\n* * * * * new'),
    );
    bench.clock.pass(2000);
    const story = bench.calls.map(
      ({ what, slot }) => `${what} ${slot.job.slug} ${slot.job.command}`,
    );
    expect(story).toEqual([
      'prepare a old',
      'prepare b same',
      'withdraw a old',
      'prepare a new',
      'fire b same',
      'fire a new',
    ]);
  });

  test('a changed schedule counts from now, and what was due under the old one has fired', () => {
    const bench = new Bench();
    bench.scheduler.replace('repository', jobs('# @name a\n* * * * * x'));
    bench.scheduler.start();
    bench.clock.pass(59_000);
    bench.clock.set(1200);
    bench.scheduler.replace('repository', jobs('# @name a\n30 * * * * * * x'));
    bench.clock.pass(60_000);
    expect(bench.fired()).toEqual(['schedule 10:01:00', 'schedule 10:01:30']);
  });

  test('a slot that comes due while the old schedule still fires belongs to the new one', () => {
    let slow = false;
    const bench = new Bench({
      onFire: () => {
        if (slow) bench.clock.set(1500);
        slow = false;
      },
    });
    bench.scheduler.replace('repository', jobs('# @name a\n* * * * * * * x'));
    bench.scheduler.start();
    bench.clock.pass(10_000);
    bench.clock.set(1000);
    slow = true;
    bench.scheduler.replace('repository', jobs('# @name a\n*/1 * * * * * * x'));
    bench.clock.pass(2000);
    expect(bench.fired()).toEqual(everySecond('2026-11-21T10:00:01Z', 14));
  });

  test('a removed job is withdrawn, and starts from nothing when it comes back', () => {
    const bench = new Bench();
    bench.scheduler.replace('repository', jobs('# @catchup all\n* * * * * x'));
    bench.scheduler.start();
    bench.clock.pass(59_000);
    bench.scheduler.replace('repository', []);
    bench.clock.pass(10 * 60_000);
    bench.scheduler.replace('repository', jobs('# @catchup all\n* * * * * x'));
    bench.clock.pass(1500);
    expect(bench.calls.map(({ what }) => what)).toEqual(['prepare', 'withdraw', 'prepare', 'fire']);
    expect(bench.fired()).toEqual(['schedule 10:11:00']);
  });
});

describe('when time does not run smoothly', () => {
  test('an event loop that hangs for 2.5 s delays slots and drops none', () => {
    const bench = new Bench();
    bench.scheduler.replace('repository', jobs('* * * * * * * x'));
    bench.scheduler.start();
    bench.clock.pass(10_000);
    bench.clock.stall(2500);
    bench.clock.pass(10_000);
    expect(bench.fired()).toEqual(everySecond('2026-11-21T10:00:01Z', 22));
  });

  test('a beat that never comes: the watchdog plans in its place', () => {
    const clock = new VirtualClock(START);
    const fired: number[] = [];
    const scheduler = new Scheduler({
      clock,
      logger,
      handledSlots: memoryHandledSlots(),
      minuteBeat: () => ({ stop: () => {} }),
      dispatcher: { prepare: () => {}, withdraw: () => {}, fire: ({ at }) => void fired.push(at) },
    });
    scheduler.replace('repository', jobs('* * * * * x'));
    scheduler.start();
    clock.pass(10 * 60_000);
    expect(fired).toHaveLength(10);
    expect(scheduler.health().beating).toBe(false);
  });

  const CATCH_UPS = `
# @name none
0 * * * * x
# @name last
# @catchup last
0 * * * * x
# @name all
# @catchup all
0 * * * * x
# @name window
# @catchup all 2h
0 * * * * x
# @name stale
# @catchup last 10m
0 * * * * x`;

  test('suspended for hours: each @catchup gets what it asks for, at once', () => {
    const bench = new Bench();
    bench.scheduler.replace('repository', jobs(CATCH_UPS));
    bench.scheduler.start();
    bench.clock.pass(60_000);
    bench.clock.set(Date.parse('2026-11-21T15:30:00Z') - bench.clock.now());
    bench.clock.pass(5000);
    expectCaughtUp(bench);
    bench.calls.length = 0;
    bench.clock.passUntil('2026-11-21T16:00:30Z');
    expect(bench.fired()).toEqual(Array.from({ length: 5 }, () => 'schedule 16:00:00'));
  });

  test('suspended for a day with a job of every second: the newest thousand, and then on time', () => {
    const bench = new Bench();
    bench.scheduler.replace('repository', jobs('# @catchup all\n* * * * * * * x'));
    bench.scheduler.start();
    bench.clock.set(24 * HOUR_MS);
    bench.clock.pass(5000);
    const fires = bench.called('fire').map(({ slot }) => slot);
    expect(fires.filter(({ trigger }) => trigger === 'catch_up')).toHaveLength(1000);
    const instants = fires.map(({ at }) => at);
    expect(instants).toEqual(
      Array.from({ length: instants.length }, (_, index) => (instants[0] ?? 0) + index * 1000),
    );
    expect(instants.at(-1)).toBe(bench.clock.now());
  });

  test.each([
    {
      downUntil: '12:40:00',
      madeUp: [
        'all 11:00:00',
        'all 12:00:00',
        'last 12:00:00',
        'window 11:00:00',
        'window 12:00:00',
      ],
    },
    {
      downUntil: '13:05:00',
      madeUp: [
        ...['all 11:00:00', 'all 12:00:00', 'all 13:00:00', 'last 13:00:00', 'stale 13:00:00'],
        ...['window 12:00:00', 'window 13:00:00'],
      ],
    },
  ])(
    'a supervisor dies while runs wait for their turn: theirs are slots that were missed ($downUntil)',
    ({ downUntil, madeUp }) => {
      const clock = new VirtualClock('2026-11-21T10:30:00Z');
      const handledSlots = memoryHandledSlots();
      const before = new Bench({ clock, handledSlots, mayBegin: () => false });
      before.scheduler.replace('repository', jobs(CATCH_UPS));
      before.scheduler.start();
      clock.passUntil('2026-11-21T12:30:00Z');
      void before.scheduler.stop();
      clock.passUntil(`2026-11-21T${downUntil}Z`);

      const after = new Bench({ clock, handledSlots });
      after.scheduler.start();
      after.scheduler.replace('repository', jobs(CATCH_UPS));
      const fires = after.called('fire').map(({ slot: { job, at, trigger } }) => {
        expect(trigger).toBe('catch_up');
        return `${job.slug} ${new Date(at).toISOString().slice(11, 19)}`;
      });
      expect(fires.toSorted()).toEqual(madeUp.toSorted());
      void after.scheduler.stop();
      const again = new Bench({ clock, handledSlots });
      again.scheduler.start();
      again.scheduler.replace('repository', jobs(CATCH_UPS));
      expect(again.calls).toEqual([]);
    },
  );

  test('down for hours: the same after a restart, from what was saved', () => {
    const clock = new VirtualClock(START);
    const handledSlots = memoryHandledSlots();
    const before = new Bench({ clock, handledSlots });
    before.scheduler.replace('repository', jobs(CATCH_UPS));
    before.scheduler.start();
    clock.pass(60_000);
    void before.scheduler.stop();
    clock.passUntil('2026-11-21T15:30:00Z');

    const after = new Bench({ clock, handledSlots });
    after.scheduler.start();
    after.scheduler.replace('repository', jobs(CATCH_UPS));
    expectCaughtUp(after);
    void after.scheduler.stop();
    const again = new Bench({ clock, handledSlots });
    again.scheduler.start();
    again.scheduler.replace('repository', jobs(CATCH_UPS));
    expect(again.calls).toEqual([]);
  });

  test('a job that is new, or whose schedule changed while nothing ran, has missed nothing', () => {
    const clock = new VirtualClock(START);
    const handledSlots = memoryHandledSlots();
    const before = new Bench({ clock, handledSlots });
    before.scheduler.replace('repository', jobs('# @catchup all\n# @name a\n0 * * * * x'));
    before.scheduler.start();
    void before.scheduler.stop();
    clock.pass(5 * HOUR_MS);
    const after = new Bench({ clock, handledSlots });
    after.scheduler.start();
    after.scheduler.replace(
      'repository',
      jobs('# @catchup all\n# @name a\n5 * * * * x\n# @catchup all\n# @name b\n0 * * * * x'),
    );
    expect(after.calls).toEqual([]);
  });

  test('set ahead by half a minute: the slots in between are late, not missed', () => {
    const bench = new Bench();
    bench.scheduler.replace('repository', jobs('*/10 * * * * * * x'));
    bench.scheduler.start();
    bench.clock.pass(5000);
    bench.clock.set(30_000);
    bench.clock.pass(10_000);
    expect(bench.fired()).toEqual(
      ['10', '20', '30', '40'].map((second) => `schedule 10:00:${second}`),
    );
  });

  test('set ahead by minutes: of the last minute one slot of each job is late, and the others are missed', () => {
    const bench = new Bench();
    bench.scheduler.replace(
      'repository',
      jobs('# @name second\n* * * * * * * x\n# @name minute\n* * * * * x\n# @name hour\n@hourly x'),
    );
    bench.scheduler.start();
    bench.clock.pass(500);
    bench.clock.set(300_000);
    bench.clock.pass(5000);
    expect(bench.fired('minute')).toEqual(['schedule 10:05:00']);
    expect(bench.fired('hour')).toEqual([]);
    const [first = '', ...others] = bench.fired('second');
    expect(first >= 'schedule 10:05:00').toBe(true);
    expect(others).toEqual(
      everySecond(`2026-11-21T${first.slice(9)}Z`, others.length + 1).slice(1),
    );
  });

  test('set back by some seconds: nothing runs twice', () => {
    const bench = new Bench();
    bench.scheduler.replace('repository', jobs('* * * * * x'));
    bench.scheduler.start();
    bench.clock.pass(61_000);
    bench.clock.set(-20_000);
    bench.clock.pass(90_000);
    expect(bench.fired()).toEqual(['schedule 10:01:00', 'schedule 10:02:00']);
  });

  test('set back by an hour: fixed times do not run again, what follows the clock does not fall silent', () => {
    const bench = new Bench();
    bench.scheduler.replace(
      'repository',
      jobs('# @name fixed\n30 10 * * * x\n# @name minutes\n*/10 * * * * x'),
    );
    bench.scheduler.start();
    bench.clock.passUntil('2026-11-21T10:35:00Z');
    bench.clock.set(-HOUR_MS);
    bench.clock.pass(66 * 60_000);
    expect(bench.fired('fixed')).toEqual(['schedule 10:30:00']);
    expect(bench.fired('minutes')).toEqual(
      [
        '10:10',
        '10:20',
        '10:30',
        '09:40',
        '09:50',
        '10:00',
        '10:10',
        '10:20',
        '10:30',
        '10:40',
      ].map((time) => `schedule ${time}:00`),
    );
  });

  test('set back by a day: the clock was wrong, everything runs at its right time', () => {
    const bench = new Bench();
    bench.scheduler.replace('repository', jobs('30 10 * * * x'));
    bench.scheduler.start();
    bench.clock.passUntil('2026-11-21T10:35:00Z');
    bench.clock.set(-24 * HOUR_MS);
    bench.clock.pass(24 * HOUR_MS);
    const instants = bench.called('fire').map(({ slot }) => new Date(slot.at).toISOString());
    expect(instants).toEqual(['2026-11-21T10:30:00.000Z', '2026-11-21T10:30:00.000Z']);
  });

  test('a clock that starts in 1970 and is then set', () => {
    const bench = new Bench({ start: '1970-01-01T00:00:10Z' });
    bench.scheduler.replace('repository', jobs('* * * * * x'));
    bench.scheduler.start();
    bench.clock.pass(1000);
    bench.clock.set(Date.parse(START) - bench.clock.now());
    bench.clock.pass(61_000);
    expect(bench.fired()).toEqual(['schedule 10:00:00', 'schedule 10:01:00']);
  });
});
