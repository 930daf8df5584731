import type { ClientBase } from 'pg';
import type { Entry } from '../journal/entry.ts';
import { applyEvent, type PlacedEntry } from './apply-events.ts';
import { applyRuns } from './apply-runs.ts';

/** Stores entries of the journal of runs in their order: those of runs many at a time. */
export async function applyEntries(
  client: ClientBase,
  entries: readonly PlacedEntry[],
): Promise<void> {
  let runs: Entry[] = [];
  for (const placed of entries) {
    if (isOfRun(placed.entry)) {
      runs.push(placed.entry);
    } else {
      await applyRuns(client, runs);
      runs = [];
      await applyEvent(client, placed);
    }
  }
  await applyRuns(client, runs);
}

function isOfRun({ type }: Entry): boolean {
  return (
    type === 'run_queued' ||
    type === 'attempt_started' ||
    type === 'attempt_finished' ||
    type === 'run_finished'
  );
}
