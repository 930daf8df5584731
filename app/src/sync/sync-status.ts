import { failureKey } from '@gitcron/git-sync/same-failure';
import { join } from 'node:path';
import { z } from 'zod';
import type { EpochMs } from '@gitcron/base/clock';
import { readRegularFile } from '@gitcron/base/regular-file';
import type { SyncEvent } from '../events.ts';

const iso = z.iso.datetime();

/** What git-sync leaves beside its link; see its `Status`. */
const syncStatus = z.object({
  /** Of git-sync; versions of before did not say. */
  version: z.string().nullable().default(null),
  state: z.enum(['starting', 'ok', 'failing']),
  repository: z.string(),
  ref: z.string(),
  current: z.object({ hash: z.string() }).nullable(),
  lastAttemptAt: iso.nullable(),
  lastSuccessAt: iso.nullable(),
  lastDurationMs: z.number().nullable().default(null),
  nextAttemptAt: iso.nullable(),
  failures: z.int(),
  error: z
    .object({
      code: z.string(),
      message: z.string(),
      because: z.array(z.string()).default([]),
      hint: z.string(),
    })
    .nullable(),
});
export type SyncStatus = z.output<typeof syncStatus>;

/** @returns null where another program than ours fills the source, or nothing did yet. */
export async function readSyncStatus(sourceDirectory: string): Promise<SyncStatus | null> {
  try {
    const content = await readRegularFile(join(sourceDirectory, 'status.json'));
    return syncStatus.safeParse(JSON.parse(content.toString('utf8'))).data ?? null;
  } catch {
    return null;
  }
}

/** What is worth recording of the way from one status to the next. */
export function syncEventOf(
  before: SyncStatus | null,
  after: SyncStatus,
  now: EpochMs,
): SyncEvent | null {
  const at = after.lastAttemptAt === null ? now : Date.parse(after.lastAttemptAt);
  const hash = after.current?.hash ?? null;
  const previous = before?.current?.hash ?? null;
  if (before !== null && hash !== null && hash !== previous) {
    const durationMs = after.lastDurationMs ?? 0;
    return { type: 'sync_published', at, revision: hash, previous, durationMs };
  }
  const told = before?.error ?? null;
  if (after.error === null) return null;
  if (told !== null && failureKey(told) === failureKey(after.error)) return null;
  const { code, message, because } = after.error;
  const reason = [message, ...because.map((cause) => `(${cause})`)].join(' ');
  return { type: 'sync_failed', at, code, reason };
}

/** Looks at the status again and again, and tells what happened in between. */
export function watchSyncStatus(options: {
  readonly sourceDirectory: string;
  readonly everyMs: number;
  readonly now: () => EpochMs;
  readonly emit: (event: SyncEvent) => void;
}): { stop(): void } {
  const { sourceDirectory, everyMs, now, emit } = options;
  let before: SyncStatus | null = null;
  const look = async (): Promise<void> => {
    const status = await readSyncStatus(sourceDirectory);
    if (status === null) return;
    const event = syncEventOf(before, status, now());
    before = status;
    if (event !== null) emit(event);
  };
  void look();
  const timer = setInterval(() => void look(), everyMs);
  return { stop: () => clearInterval(timer) };
}
