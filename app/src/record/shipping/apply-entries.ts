import type { ClientBase } from 'pg';
import { kindOf, type JournalEntry } from '../../events.ts';
import type { RunFinished } from '../../events/run-events.ts';
import { rememberEvent } from './remember-event.ts';

/** An entry and where it stands in the journal, which makes it unique. */
export interface PlacedEntry {
  readonly segment: string;
  readonly position: number;
  readonly entry: JournalEntry;
}

/**
 * Stores entries of the journal of runs in their order: those of lives many at a time.
 * @returns ends of runs that it brought to light, to be told once all is committed.
 */
export async function applyEntries(
  client: ClientBase,
  entries: readonly PlacedEntry[],
): Promise<RunFinished[]> {
  const ends: RunFinished[] = [];
  let lives: JournalEntry[] = [];
  for (const placed of entries) {
    const { storing } = kindOf(placed.entry);
    if (storing.kind === 'life') {
      lives.push(placed.entry);
      continue;
    }
    await storeLives(client, lives);
    lives = [];
    const found = await storing.store?.(client, placed.entry);
    ends.push(...(found ?? []));
    if (storing.kind === 'fact') continue;
    await rememberEvent(client, placed, storing.detail?.(placed.entry) ?? placed.entry);
  }
  await storeLives(client, lives);
  return ends;
}

/**
 * A statement for each kind of entry, in the order of a life. A run goes from queued to running to
 * lost to any other end, never back. (`lost` can be followed by the truth: a supervisor that was out
 * of touch for long may come back with it.)
 */
async function storeLives(client: ClientBase, entries: readonly JournalEntry[]): Promise<void> {
  const byType = Map.groupBy(entries, ({ type }) => type);
  const steps = [...byType].flatMap(([type, all]) => {
    const { storing } = kindOf({ type });
    return storing.kind === 'life' ? { ...storing, all } : [];
  });
  for (const step of steps.toSorted((a, b) => a.order - b.order)) {
    await step.store(client, step.all);
  }
}
