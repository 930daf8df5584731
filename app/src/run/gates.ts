import type { RunDescription } from '../events.ts';
import type { Job, Slot } from '../schedule/job.ts';
import type { HeldAttempt } from './launch.ts';
import type { ActiveRelease } from './run-environment.ts';
import type { SpawnPace } from './spawn-pace.ts';

/** A run that is ready before its slot. Until it is taken, it doesn't count as a run. */
export interface HeldRun {
  readonly run: RunDescription;
  readonly job: Job;
  readonly release: ActiveRelease | null;
  readonly attempt: HeldAttempt;
}

export interface GatesOptions {
  readonly pace: SpawnPace;
  /** How many processes may be held. */
  room(): number;
  /** The one that is current for a job. */
  release(job: Job): ActiveRelease | null;
  make(slot: Slot, release: ActiveRelease | null): HeldRun;
}

/** The processes held for slots that are near. */
export interface Gates {
  prepare(slot: Slot): void;
  /** @returns the process held for this slot; null when there is none that still fits. */
  take(slot: Slot): HeldRun | null;
  withdraw(slot: Slot): void;
  /** Makes anew what was made from a release that is not the current one. */
  releaseChanged(): void;
  releases(): ActiveRelease[];
  discardAll(): void;
}

interface Gate {
  readonly slot: Slot;
  held: HeldRun | null;
}

export function createGates(options: GatesOptions): Gates {
  /** By slug, in the order of their slots. Only the first of a job is made: it is needed first. */
  const gates = new Map<string, Gate[]>();
  let heldCount = 0;

  function isWanted(gate: Gate): boolean {
    return gates.get(gate.slot.job.slug)?.[0] === gate;
  }

  function allHeld(): HeldRun[] {
    return [...gates.values()].flatMap(([first]) => first?.held ?? []);
  }

  function makeLater(gate: Gate | undefined): void {
    if (gate === undefined || gate.held !== null) return;
    options.pace.later(gate.slot.at, () => {
      if (!isWanted(gate) || gate.held !== null || heldCount >= options.room()) return;
      gate.held = options.make(gate.slot, options.release(gate.slot.job));
      heldCount += 1;
    });
  }

  /** Who holds it now decides about it. */
  function handOver(gate: Gate | undefined): HeldRun | null {
    const held = gate?.held ?? null;
    if (gate === undefined || held === null) return null;
    gate.held = null;
    heldCount -= 1;
    return held;
  }

  function remove({ job, at }: Slot): HeldRun | null {
    const ofJob = gates.get(job.slug) ?? [];
    const index = ofJob.findIndex(({ slot }) => slot.at === at);
    const [gate] = index === -1 ? [] : ofJob.splice(index, 1);
    if (ofJob.length === 0) gates.delete(job.slug);
    else makeLater(ofJob[0]);
    return handOver(gate);
  }

  return {
    prepare(slot) {
      const ofJob = gates.get(slot.job.slug) ?? [];
      if (ofJob.some(({ slot: { at } }) => at === slot.at)) return;
      ofJob.push({ slot, held: null });
      gates.set(slot.job.slug, ofJob);
      if (ofJob.length === 1) makeLater(ofJob[0]);
    },
    take(slot) {
      const held = remove(slot);
      if (held === null) return null;
      const fits =
        isSameRelease(held.release, options.release(slot.job)) &&
        isSameCommand(held.job, slot.job) &&
        !held.attempt.process.hasEnded();
      if (fits) return held;
      held.attempt.discard();
      return null;
    },
    withdraw: (slot) => remove(slot)?.attempt.discard(),
    releaseChanged() {
      for (const [first] of gates.values()) {
        if (first?.held == null) continue;
        if (isSameRelease(first.held.release, options.release(first.slot.job))) continue;
        handOver(first)?.attempt.discard();
        makeLater(first);
      }
    },
    releases: () => allHeld().flatMap(({ release }) => release ?? []),
    discardAll() {
      const all = allHeld();
      gates.clear();
      heldCount = 0;
      for (const { attempt } of all) attempt.discard();
    },
  };
}

function isSameRelease(a: ActiveRelease | null, b: ActiveRelease | null): boolean {
  return a?.name.revision === b?.name.revision && a?.directory === b?.directory;
}

function isSameCommand(a: Job, b: Job): boolean {
  if (a === b) return true;
  return a.command === b.command && JSON.stringify(a.environment) === JSON.stringify(b.environment);
}
