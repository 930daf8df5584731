import type { EpochMs } from '@gitcron/base/clock';
import { toIso } from '../api/instant.ts';
import type { SystemView } from '../api/system.ts';
import type { HistorySize } from '../record/history/size.ts';
import { PATIENCE_MS, readHistoryIfThere } from './read-history.ts';
import type { Rooms } from './rooms.ts';

/** Whoever looks on again and again has runs counted so often. */
const KEPT_MS = 60_000;

type Measured = HistorySize & { readonly at: EpochMs };

/** How Gitcron itself does; what takes a while to find out is kept for a minute. */
export function createSystemView(rooms: Rooms): () => Promise<SystemView> {
  let last: Measured | null = null;
  let measuring: Promise<Measured | null> | null = null;

  async function measure(): Promise<Measured | null> {
    const size = await readHistoryIfThere(PATIENCE_MS.jobs, rooms, (history) => history.size());
    last = size && { ...size, at: Date.now() };
    return last;
  }

  async function historySize(): Promise<Measured | null> {
    if (last !== null && Date.now() - last.at < KEPT_MS) return last;
    measuring ??= measure().finally(() => (measuring = null));
    return measuring;
  }

  return async () => {
    const [stateVolume, size, sync] = await Promise.all([
      rooms.diskUse(),
      historySize(),
      rooms.sync.status(),
    ]);
    return {
      versions: {
        gitcron: rooms.version,
        node: process.versions.node,
        database: size?.serverVersion ?? null,
        gitSync: sync?.version ?? null,
      },
      host: rooms.host,
      startedAt: toIso(rooms.startedAt),
      uptimeSec: Math.max(0, Math.floor((Date.now() - rooms.startedAt) / 1000)),
      memoryBytes: process.memoryUsage.rss(),
      stateVolume,
      journalBytes: rooms.record?.recorder.status().journalBytes ?? null,
      history: size && {
        measuredAt: toIso(size.at),
        runs: size.runs,
        oldestRunAt: toIso(size.oldestRunAt?.getTime() ?? null),
        bytes: size.bytes,
        databaseBytes: size.databaseBytes,
      },
      retention: rooms.retention,
    };
  };
}
