import type { Clock, EpochMs } from '@gitcron/base/clock';
import type { Logger } from '@gitcron/base/log';
import { Agenda } from './agenda.ts';
import { Alarm } from './alarm.ts';
import { LastMinuteBeat, type SchedulerHealth } from './last-minute-beat.ts';
import { compareJobs } from './compare-jobs.ts';
import type { HandledSlots } from './handled-slots.ts';
import { guardedDispatcher } from './guarded-dispatcher.ts';
import { cronMinuteBeat, type MinuteBeat } from './minute-beat.ts';
import { MOST_AHEAD_MS, type Dispatcher, type Job } from './job.ts';
import { LATE_AFTER_MS, lateSlots } from './late-slots.ts';
import { LEAD_MS, LONGEST_LEAD_MS } from './lead.ts';
import { nextSlotOf, nextSlotsOf, plan, type ScheduledJob } from './planner.ts';
import { JOB_SOURCES, sourceOf, type JobSource } from '../events/job-source.ts';
import type { ReloadSummary } from './reload-sentence.ts';
import { CORRECTED_BY_MS, resumeFrom } from './resume-from.ts';
import type { SchedulerOptions } from './scheduler-options.ts';
import { SlotBook } from './slot-book.ts';
import { SlotLedger } from './slot-ledger.ts';
import type { GivenUp } from './slot-notes.ts';
import { awaySentence, clockSetSentence, startWatchdog, WATCH_EVERY_MS } from './watchdog.ts';

/** How far ahead slots are planned: a beat may come late, and a crowd is prepared early. */
const HORIZON_MS = 120_000;

/**
 * Fires the slots of all jobs for their instants: never twice, none dropped.
 *
 * The minute beat plans the slots of the next minute and a half, one timer waits for the nearest of them,
 * and a watchdog notices when the clock was set. `replace` may be called before or after `start`.
 */
export class Scheduler {
  readonly ledger: SlotLedger;
  readonly #clock: Clock;
  readonly #dispatcher: Dispatcher;
  readonly #logger: Logger;
  readonly #handledSlots: HandledSlots;
  readonly #book: SlotBook;
  readonly #leadMs: number;
  readonly #alarm: Alarm;
  readonly #lastBeat: LastMinuteBeat;
  readonly #startMinuteBeat: MinuteBeat;

  #entries = new Map<string, ScheduledJob>();
  #agenda = new Agenda<ScheduledJob>();
  #plannedUntil: EpochMs = 0;
  #lookedAt: EpochMs = 0;
  #running: { minuteBeat: { stop(): void }; watchdog: { stop(): void } } | null = null;
  /** The sources whose crontab was in force already. */
  readonly #replaced = new Set<JobSource>();
  /** Those whose first jobs got their `@reboot`: that of one does not use up the other's. */
  readonly #booted = new Set<JobSource>();

  constructor(options: SchedulerOptions) {
    this.#clock = options.clock;
    this.#lastBeat = new LastMinuteBeat(options.clock);
    this.#alarm = new Alarm(options.clock, (until) => this.#advance(until));
    this.#dispatcher = guardedDispatcher(options.dispatcher, options.logger);
    this.#logger = options.logger;
    this.#handledSlots = options.handledSlots;
    this.ledger = new SlotLedger(options.notes);
    this.#book = new SlotBook(this.#dispatcher, options.handledSlots, this.ledger);
    this.#leadMs = options.leadMs ?? LEAD_MS;
    this.#startMinuteBeat = options.minuteBeat ?? cronMinuteBeat(options.logger);
  }

  /** Begins to fire; the jobs of the first crontab get their `@reboot` and their `@catchup` now. */
  start(): void {
    if (this.#running !== null) return;
    const now = this.#clock.now();
    for (const entry of this.#entries.values()) {
      entry.nextAt = nextSlotOf(entry.job, now);
      entry.handledUntil = now;
    }
    this.#lookedAt = now;
    this.ledger.begin(now);
    for (const source of JOB_SOURCES) this.ledger.timed(source, this.#entriesOf(source), now);
    this.#lastBeat.note();
    this.#running = {
      minuteBeat: this.#startMinuteBeat(this.#onBeat),
      watchdog: startWatchdog(this.#clock, this.#onLook),
    };
    for (const source of this.#replaced) this.#admit(source, this.#entriesOf(source));
    this.#advance();
  }

  /** Fires nothing more and gives prepared slots back. */
  async stop(): Promise<void> {
    this.#running?.minuteBeat.stop();
    this.#running?.watchdog.stop();
    this.#running = null;
    this.ledger.end(this.#lookedAt);
    this.#alarm.cancel();
    for (const entry of this.#entries.values()) this.#unplan(entry);
    await this.#handledSlots.close();
  }

  /**
   * Puts another crontab of a source in force; the jobs of other sources stay. Only what changed is touched: a job whose schedule is the same
   * keeps its slots, also those of this very second.
   * @param jobs all of the source.
   */
  replace(source: JobSource, jobs: readonly Job[]): ReloadSummary {
    if (this.#running !== null) this.#advance();
    // Not the time it is by now: what came due while the old schedule fired belongs to the new one.
    const now = this.#running === null ? this.#clock.now() : this.#lookedAt;
    const old = new Map(this.#entriesOf(source).map((entry) => [entry.job.slug, entry]));
    const summary = {
      added: new Array<string>(),
      changed: new Array<string>(),
      kept: new Array<string>(),
    };
    const fresh: ScheduledJob[] = [];
    this.#entries = new Map([...this.#entries].filter(([slug]) => !old.has(slug)));
    for (const job of jobs) {
      let entry = old.get(job.slug);
      if (entry === undefined) {
        entry = { job, nextAt: nextSlotOf(job, now), handledUntil: now };
        fresh.push(entry);
        summary.added.push(job.slug);
      } else {
        const change = this.#update(entry, job, now);
        summary[change === 'same' ? 'kept' : 'changed'].push(job.slug);
      }
      this.#entries.set(job.slug, entry);
    }
    const gone = [...old].filter(([slug]) => !this.#entries.has(slug));
    for (const [, entry] of gone) this.#unplan(entry);
    this.#handledSlots.keepOnly({
      has: (slug) => sourceOf(slug) !== source || this.#entries.has(slug),
    });
    this.#replaced.add(source);
    if (this.#running !== null) {
      this.ledger.timed(source, this.#entriesOf(source), now);
      this.#admit(source, fresh);
      this.#planAhead();
      this.#advance();
    }
    return { ...summary, removed: gone.map(([slug]) => slug) };
  }

  /** The coming slots of a job; none for an unknown slug. */
  nextSlots(slug: string, count: number): EpochMs[] {
    const job = this.#entries.get(slug)?.job;
    return job === undefined ? [] : nextSlotsOf(job, this.#clock.now(), count);
  }

  health(): SchedulerHealth {
    return this.#lastBeat.health();
  }

  readonly #onBeat = (): void => {
    this.#lastBeat.note();
    this.#planAhead();
    this.#advance();
    this.ledger.seen(this.#lookedAt);
  };

  readonly #onLook = (steppedMs: number): void => {
    if (steppedMs !== 0 && this.#running !== null) {
      this.#logger.warn(clockSetSentence(steppedMs));
      this.#running.minuteBeat.stop();
      this.#running.minuteBeat = this.#startMinuteBeat(this.#onBeat);
    }
    this.#advance();
  };

  /** Does all that is due by now, or by an instant that is all but there, and waits for what comes next. */
  #advance(until?: EpochMs): void {
    const now = this.#clock.now();
    const dueBy = until ?? now;
    if (this.#lookedAt - now > CORRECTED_BY_MS) this.#goBack(now);
    this.#settleLate(now);
    // What was fired a little ahead is dealt with, also when somebody asks before its instant.
    const isAhead = this.#lookedAt - now <= MOST_AHEAD_MS;
    this.#lookedAt = isAhead ? Math.max(dueBy, this.#lookedAt) : dueBy;
    for (const { at, entries } of this.#agenda.takeDue(dueBy)) {
      for (const entry of entries) this.#book.fire(entry, at, 'schedule');
    }
    if (this.#plannedUntil - now < LONGEST_LEAD_MS + 2 * WATCH_EVERY_MS) this.#planAhead();
    const { due, nextAt } = this.#agenda.takeUnprepared(now, this.#leadMs);
    for (const { at, entries } of due) {
      for (const entry of entries) {
        this.#dispatcher.prepare({ job: entry.job, at, trigger: 'schedule' });
      }
    }
    const first = this.#agenda.firstInstant() ?? Number.POSITIVE_INFINITY;
    this.#alarm.set({ first, crowd: this.#agenda.sizeOf(first), prepareAt: nextAt });
  }

  #planAhead(): void {
    this.#plannedUntil = this.#clock.now() + HORIZON_MS;
    for (const { at, entry } of plan(this.#entries.values(), this.#plannedUntil)) {
      this.#agenda.add(at, entry);
    }
  }

  #entriesOf(source: JobSource): ScheduledJob[] {
    return [...this.#entries.values()].filter(({ job }) => sourceOf(job.slug) === source);
  }

  /** A job's first start: what it missed while nothing was running, and `@reboot`. */
  #admit(source: JobSource, entries: readonly ScheduledJob[]): void {
    this.#book.resume(entries);
    for (const entry of entries) {
      const { job } = entry;
      if (!this.#booted.has(source) && job.schedule.kind === 'reboot' && !job.settings.disabled) {
        this.#book.fire(entry, this.#clock.now(), 'boot');
      }
    }
    this.#booted.add(source);
  }

  #update(entry: ScheduledJob, job: Job, now: EpochMs): ReturnType<typeof compareJobs> {
    const change = compareJobs(entry.job, job);
    if (change === 'rescheduled') {
      this.#unplan(entry);
      entry.job = job;
      entry.nextAt = nextSlotOf(job, now);
      this.#book.handled(entry, now);
    } else if (change === 'changed') {
      this.#withdraw(entry, this.#agenda.unprepare(entry));
      entry.job = job;
      this.#book.handled(entry, entry.handledUntil);
    } else {
      entry.job = job;
    }
    return change;
  }

  /** Suspended, stalled, set ahead: decides about the slots for which it is late by now. */
  #settleLate(now: EpochMs): void {
    const isPlanned = now <= this.#plannedUntil;
    const mayBeLate = isPlanned
      ? this.#agenda.entriesUntil(now - LATE_AFTER_MS)
      : this.#entries.values();
    const givenUp: GivenUp[] = [];
    let madeUp = 0;
    for (const entry of mayBeLate) {
      const slots = lateSlots(entry.job, entry.handledUntil, now, 'stalled');
      if (slots === null) continue;
      givenUp.push({ slug: entry.job.slug, after: entry.handledUntil });
      madeUp += slots.filter(({ trigger }) => trigger === 'catch_up').length;
      this.#unplan(entry);
      for (const { at, trigger } of slots) this.#book.fire(entry, at, trigger);
      entry.nextAt = nextSlotOf(entry.job, now);
      this.#book.handled(entry, now);
    }
    if (givenUp.length > 0 || !isPlanned) this.#planAhead();
    if (givenUp.length === 0) return;
    this.ledger.stalled(givenUp, now);
    this.#logger.warn(awaySentence(now - this.#lookedAt, givenUp.length, madeUp));
  }

  /** The clock was set back: see `resumeFrom`. */
  #goBack(now: EpochMs): void {
    for (const entry of this.#entries.values()) {
      const from = resumeFrom(entry.job, entry.handledUntil, this.#lookedAt, now);
      this.ledger.kept(entry, from, now);
      if (from === entry.handledUntil) continue;
      this.#unplan(entry);
      entry.nextAt = nextSlotOf(entry.job, from);
      this.#book.handled(entry, from);
    }
    this.ledger.begin(now);
    this.#planAhead();
  }

  #unplan(entry: ScheduledJob): void {
    this.#withdraw(entry, this.#agenda.remove(entry));
  }

  #withdraw(entry: ScheduledJob, instants: readonly EpochMs[]): void {
    for (const at of instants) {
      this.#dispatcher.withdraw({ job: entry.job, at, trigger: 'schedule' });
    }
  }
}
