import type { ClientBase } from 'pg';
import type { JournalEntry } from '../../events.ts';
import { instant } from '../../events/storing/storable.ts';
import type { PlacedEntry } from './apply-entries.ts';

/** Keeps an entry among the events, once: its place in the journal makes it unique. */
export async function rememberEvent(
  client: ClientBase,
  { segment, position, entry }: PlacedEntry,
  detail: object,
): Promise<void> {
  await client.query(
    `INSERT INTO gitcron.events (segment, position, at, type, revision, detail)
     VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`,
    [
      segment,
      position,
      instant(entry.at),
      entry.type,
      revisionOf(entry),
      JSON.stringify(detail).replaceAll('\\u0000', '\\u2400'),
    ],
  );
}

function revisionOf(entry: JournalEntry): string | null {
  if (entry.type === 'release_activated') return entry.release.revision;
  return 'revision' in entry ? entry.revision : null;
}
