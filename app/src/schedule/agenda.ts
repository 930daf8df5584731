import type { EpochMs } from '@gitcron/base/clock';

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

  /** Marks all entries up to and including an instant as prepared; returns those that were not. */
  takeUnprepared(until: EpochMs): Instant<Entry>[] {
    const unprepared: Instant<Entry>[] = [];
    const count = this.#countUntil(until);
    for (const at of this.#instants.slice(0, count)) {
      const appointments = this.#appointments.get(at);
      if (appointments === undefined || appointments.waiting.size === 0) continue;
      const entries = [...appointments.waiting];
      for (const entry of entries) appointments.prepared.add(entry);
      appointments.waiting.clear();
      unprepared.push({ at, entries });
    }
    return unprepared;
  }

  /** The first instant, and the first after a given one. */
  firstInstant(after: EpochMs = Number.NEGATIVE_INFINITY): EpochMs | undefined {
    return this.#instants[this.#countUntil(after)];
  }

  /** How many are due at an instant. */
  sizeOf(at: EpochMs): number {
    const { waiting, prepared } = this.#appointments.get(at) ?? {};
    return (waiting?.size ?? 0) + (prepared?.size ?? 0);
  }

  #countUntil(until: EpochMs): number {
    if (!this.#sorted) {
      this.#instants.sort((a, b) => a - b);
      this.#sorted = true;
    }
    const count = this.#instants.findIndex((at) => at > until);
    return count === -1 ? this.#instants.length : count;
  }
}
