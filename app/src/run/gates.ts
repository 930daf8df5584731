import type { Job, Slot } from '../schedule/job.ts';
import type { Launch } from './launch.ts';
import type { ActiveRelease } from './run-environment.ts';
import type { RunDescription } from '../events.ts';
import type { SpawnPace } from './spawn-pace.ts';

/** A run that is ready before its slot. Until it is taken, it doesn't count as a run. */
export interface Prepared {
  readonly run: RunDescription;
  readonly job: Job;
  readonly release: ActiveRelease | null;
  readonly launch: Launch;
}

export interface GatesOptions {
  /** How many more may be held. */
  room(): number;
  readonly pace: SpawnPace;
  release(): ActiveRelease | null;
  make(slot: Slot, release: ActiveRelease | null): Prepared;
}

/** The processes held for slots that are near. */
export interface Gates {
  prepare(slot: Slot): void;
  /** @returns the process held for this slot; null when there is none that still fits. */
  take(slot: Slot): Prepared | null;
  withdraw(slot: Slot): void;
  /** Makes anew what was made from a release that is not the current one. */
  releaseChanged(): void;
  releases(): ActiveRelease[];
  discardAll(): void;
}

/** Held processes in all. More would cost memory and process ids for nothing. */
export const MAX_HELD = 256;

export function createGates(options: GatesOptions): Gates {
  const { pace } = options;
  /** Null: wanted, and not made yet. */
  const gates = new Map<string, { readonly slot: Slot; prepared: Prepared | null }>();

  function makeLater(key: string): void {
    pace.later(() => {
      const gate = gates.get(key);
      if (gate?.prepared === null) gate.prepared = options.make(gate.slot, options.release());
    });
  }

  function remove(key: string): Prepared | null {
    const prepared = gates.get(key)?.prepared ?? null;
    gates.delete(key);
    return prepared;
  }

  return {
    prepare(slot) {
      const key = keyOf(slot);
      if (gates.has(key) || gates.size >= options.room()) return;
      gates.set(key, { slot, prepared: null });
      makeLater(key);
    },
    take(slot) {
      const prepared = remove(keyOf(slot));
      if (prepared === null) return null;
      const fits =
        isSameRelease(prepared.release, options.release()) &&
        isSameCommand(prepared.job, slot.job) &&
        !prepared.launch.held.hasEnded();
      if (fits) return prepared;
      prepared.launch.discard();
      return null;
    },
    withdraw: (slot) => remove(keyOf(slot))?.launch.discard(),
    releaseChanged() {
      const current = options.release();
      for (const [key, gate] of gates) {
        if (gate.prepared === null || isSameRelease(gate.prepared.release, current)) continue;
        gate.prepared.launch.discard();
        gate.prepared = null;
        makeLater(key);
      }
    },
    releases: () =>
      [...gates.values()].flatMap(({ prepared }) =>
        prepared?.release == null ? [] : [prepared.release],
      ),
    discardAll() {
      for (const key of gates.keys()) remove(key)?.launch.discard();
    },
  };
}

function keyOf({ job, at }: Slot): string {
  return `${job.slug}@${at}`;
}

function isSameRelease(a: ActiveRelease | null, b: ActiveRelease | null): boolean {
  return a?.name.revision === b?.name.revision && a?.directory === b?.directory;
}

function isSameCommand(a: Job, b: Job): boolean {
  if (a === b) return true;
  return a.command === b.command && JSON.stringify(a.environment) === JSON.stringify(b.environment);
}
