import type { EpochMs } from '@gitcron/base/clock';
import { timing } from './compare-jobs.ts';
import type { HandledSlots, Left } from './handled-slots.ts';
import type { Dispatcher, Slot } from './job.ts';
import { missedSlots } from './late-slots.ts';
import { nextSlotOf, type ScheduledJob } from './planner.ts';
import { resumeFrom } from './resume-from.ts';
import type { SlotLedger } from './slot-ledger.ts';

/** Fires slots, and keeps the books on them: what `@catchup` has to know after a restart. */
export class SlotBook {
  readonly #dispatcher: Dispatcher;
  readonly #handledSlots: HandledSlots;
  readonly #ledger: SlotLedger;

  constructor(dispatcher: Dispatcher, handledSlots: HandledSlots, ledger: SlotLedger) {
    this.#dispatcher = dispatcher;
    this.#handledSlots = handledSlots;
    this.#ledger = ledger;
  }

  fire(entry: ScheduledJob, at: EpochMs, trigger: Slot['trigger']): void {
    const { job } = entry;
    const slot = { job, at, trigger };
    if (trigger === 'boot') return this.#dispatcher.fire(slot);
    this.handled(entry, at);
    if (job.settings.catchUp.kind === 'none') return this.#dispatcher.fire(slot);
    // Its run may wait for its turn: until it begins, a successor makes up for the slot.
    this.#handledSlots.wait(job.slug, at);
    this.#dispatcher.fire(slot, () => this.#handledSlots.settle(job.slug, at));
  }

  /** All slots of the job up to here are fired or given up. */
  handled(entry: ScheduledJob, until: EpochMs): void {
    const { job } = entry;
    entry.handledUntil = until;
    if (job.settings.catchUp.kind === 'none') this.#handledSlots.delete(job.slug);
    else this.#handledSlots.set(job.slug, { until, schedule: timing(job) });
  }

  /** Goes on where the last supervisor stood with each job; another schedule has missed nothing. */
  resume(entries: readonly ScheduledJob[]): void {
    const leftOf = new Map<ScheduledJob, Left>();
    for (const entry of entries) {
      const left = this.#handledSlots.get(entry.job.slug);
      if (left?.schedule === timing(entry.job)) leftOf.set(entry, left);
      else this.handled(entry, entry.handledUntil);
    }
    // Before history tells of a first slot: whoever succeeds one that is killed right then would take
    // the job for a new one, and make up for nothing.
    this.#handledSlots.note();
    for (const [entry, left] of leftOf) this.#makeUp(entry, left);
  }

  #makeUp(entry: ScheduledJob, left: Left): void {
    const { job, handledUntil: now } = entry;
    const from = resumeFrom(job, left.until, left.until, now);
    const waiting = left.waiting.filter((at) => at <= now);
    for (const at of left.waiting) this.#handledSlots.settle(job.slug, at);
    for (const { at, trigger } of missedSlots(job, waiting, from, now)) {
      this.fire(entry, at, trigger);
    }
    this.#ledger.kept(entry, from, now);
    entry.handledUntil = Math.max(from, now);
    entry.nextAt = nextSlotOf(job, entry.handledUntil);
    this.handled(entry, entry.handledUntil);
  }
}
