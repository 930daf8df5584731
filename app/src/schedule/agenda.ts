import type { EpochMs } from '@gitcron/base/clock';
import { leadFor, LONGEST_LEAD_MS } from './lead.ts';

/** Who is due within it is one crowd, whose processes are started together. */
const CROWD_WITHIN_MS = 1000;

interface Appointments<Entry> {
  /** In the order in which they were added. */
  readonly waiting: Set<Entry>;
  readonly prepared: Set<Entry>;
}

/** All entries of one instant. */
export interface Instant<Entry> {
  readonly at: EpochMs;
  readonly entries: readonly Entry[];
}

/** Who is due at which of the coming instants, and who has been prepared for it. */
export class Agenda<Entry> {
  readonly #appointments = new Map<EpochMs, Appointments<Entry>>();
  readonly #instantsOf = new Map<Entry, Set<EpochMs>>();
  /** Ascending, once sorted. */
  #instants: EpochMs[] = [];
  #sorted = true;

  add(at: EpochMs, entry: Entry): void {
    let appointments = this.#appointments.get(at);
    if (appointments === undefined) {
      appointments = { waiting: new Set(), prepared: new Set() };
      this.#appointments.set(at, appointments);
      this.#sorted = this.#sorted && (this.#instants.at(-1) ?? at) <= at;
      this.#instants.push(at);
    }
    appointments.waiting.add(entry);
    const instants = this.#instantsOf.get(entry);
    if (instants === undefined) this.#instantsOf.set(entry, new Set([at]));
    else instants.add(at);
  }

  /** Takes an entry out everywhere; returns the instants it had been prepared for. */
  remove(entry: Entry): EpochMs[] {
    const wasPreparedFor: EpochMs[] = [];
    for (const at of this.#instantsOf.get(entry) ?? []) {
      const appointments = this.#appointments.get(at);
      appointments?.waiting.delete(entry);
      if (appointments?.prepared.delete(entry)) wasPreparedFor.push(at);
    }
    this.#instantsOf.delete(entry);
    return wasPreparedFor;
  }

  /** Takes an entry's preparations back, so that it is prepared anew; returns their instants. */
  unprepare(entry: Entry): EpochMs[] {
    const wasPreparedFor: EpochMs[] = [];
    for (const at of this.#instantsOf.get(entry) ?? []) {
      const appointments = this.#appointments.get(at);
      if (appointments?.prepared.delete(entry)) {
        appointments.waiting.add(entry);
        wasPreparedFor.push(at);
      }
    }
    return wasPreparedFor;
  }

  /** Takes out all instants up to and including the given one, oldest first. */
  takeDue(until: EpochMs): Instant<Entry>[] {
    const due: Instant<Entry>[] = [];
    const count = this.#countUntil(until);
    for (const at of this.#instants.splice(0, count)) {
      const { waiting, prepared } = this.#appointments.get(at) ?? { waiting: [], prepared: [] };
      this.#appointments.delete(at);
      const entries = [...prepared, ...waiting];
      for (const entry of entries) this.#instantsOf.get(entry)?.delete(at);
      if (entries.length > 0) due.push({ at, entries });
    }
    return due;
  }

  /** Who is due up to and including an instant, each once; nothing changes. */
  entriesUntil(until: EpochMs): Set<Entry> {
    const entries = new Set<Entry>();
    if ((this.firstInstant() ?? Number.POSITIVE_INFINITY) > until) return entries;
    for (const at of this.#instants.slice(0, this.#countUntil(until))) {
      const { prepared = [], waiting = [] } = this.#appointments.get(at) ?? {};
      for (const entry of [...prepared, ...waiting]) entries.add(entry);
    }
    return entries;
  }

  /**
   * Marks as prepared who is to be prepared by now, and returns them by instant; and when the next
   * ones are to be.
   * @param shortestLeadMs see `leadFor`.
   */
  takeUnprepared(
    now: EpochMs,
    shortestLeadMs: number,
  ): { readonly due: Instant<Entry>[]; readonly nextAt: EpochMs } {
    const due: Instant<Entry>[] = [];
    let nextAt = Number.POSITIVE_INFINITY;
    let crowd = 0;
    let left = 0;
    this.#sort();
    for (const at of this.#instants) {
      if (at - LONGEST_LEAD_MS >= nextAt) break;
      crowd += this.sizeOf(at);
      for (; (this.#instants[left] ?? at) <= at - CROWD_WITHIN_MS; left += 1) {
        crowd -= this.sizeOf(this.#instants[left] ?? at);
      }
      const appointments = this.#appointments.get(at);
      if (appointments === undefined || appointments.waiting.size === 0) continue;
      const prepareAt = at - leadFor(crowd, shortestLeadMs);
      if (prepareAt > now) {
        nextAt = Math.min(nextAt, prepareAt);
        continue;
      }
      const entries = [...appointments.waiting];
      for (const entry of entries) appointments.prepared.add(entry);
      appointments.waiting.clear();
      due.push({ at, entries });
    }
    return { due, nextAt };
  }

  firstInstant(): EpochMs | undefined {
    this.#sort();
    return this.#instants[0];
  }

  /** How many are due at an instant. */
  sizeOf(at: EpochMs): number {
    const { waiting, prepared } = this.#appointments.get(at) ?? {};
    return (waiting?.size ?? 0) + (prepared?.size ?? 0);
  }

  #sort(): void {
    if (!this.#sorted) this.#instants.sort((a, b) => a - b);
    this.#sorted = true;
  }

  #countUntil(until: EpochMs): number {
    this.#sort();
    const count = this.#instants.findIndex((at) => at > until);
    return count === -1 ? this.#instants.length : count;
  }
}
