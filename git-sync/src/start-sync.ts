import { mkdir } from 'node:fs/promises';
import { backoffMs } from './backoff.ts';
import type { CodedError } from './coded-error.ts';
import { explainFailure, stoppedError } from './explain-failure.ts';
import { holdVolume, type Hold } from './hold-volume.ts';
import { whole, type Logger } from './log.ts';
import { createReporter } from './report.ts';
import { pruneRevisions, readRevision, sweepRevisions, type PublishedCommit } from './revisions.ts';
import type { SyncSettings } from './settings.ts';
import { errorStatus, writeStatus, type Status } from './status.ts';
import { syncOnce, type SyncResult } from './sync-once.ts';
import { currentRevision, sweepVolume, volumeAt } from './volume.ts';

/** While nothing changes, `status.json` is written no more often than this. */
const STATUS_EVERY_MS = 60_000;

/** How one look at the remote ended. */
export type Outcome =
  | { readonly ok: true; readonly result: SyncResult; readonly tookMs: number }
  | { readonly ok: false; readonly error: CodedError; readonly tookMs: number };

/** git-sync at work. Several can run in one process. */
export interface Sync {
  /**
   * Looks at the remote now and forgets the back-off. Calls made while one look is under way become one
   * more look after it, so the last push always wins. Never rejects.
   */
  syncNow(): Promise<Outcome>;
  status(): Status;
  /** Ends every git and resolves when nothing is left of them. */
  stop(): Promise<void>;
}

export interface SyncOptions {
  readonly settings: SyncSettings;
  readonly logger: Logger;
  /** Called after every look. */
  readonly onOutcome?: (outcome: Outcome) => void;
}

/** Syncs at once and then for ever, until it is stopped. No failure ends it. */
export function startSync(options: SyncOptions): Sync {
  const { settings } = options;
  const log = options.logger.child({ room: 'sync' });
  const volume = volumeAt(settings.root);
  const reporter = createReporter(log);
  const stopping = new AbortController();
  const context = { settings, volume, log, signal: stopping.signal };

  let status: Status = {
    state: 'starting',
    repository: settings.remote.url,
    ref: settings.ref,
    current: null,
    lastAttemptAt: null,
    lastSuccessAt: null,
    lastDurationMs: null,
    nextAttemptAt: null,
    failures: 0,
    error: null,
  };
  let hold: Hold | null = null;
  let savedNews = '';
  let savedAt = 0;
  let backoffSteps = 0;
  let pruneDueAt: number | null = 0;
  let timer: NodeJS.Timeout | undefined;
  let waiting: Promise<Outcome> | null = null;
  let underWay: Promise<unknown> = Promise.resolve();

  const attempt = async (): Promise<SyncResult> => {
    hold ??= await takeVolume();
    const result = await syncOnce(context);
    if (result.change === 'published') pruneDueAt = 0;
    await prune();
    return result;
  };

  const takeVolume = async (): Promise<Hold> => {
    await mkdir(volume.root, { recursive: true });
    const taken = await holdVolume(volume, log);
    try {
      await sweepVolume(volume);
      await sweepRevisions(volume);
    } catch (error) {
      await taken.release();
      throw error;
    }
    return taken;
  };

  const prune = async () => {
    if (pruneDueAt === null || pruneDueAt > Date.now()) return;
    try {
      pruneDueAt = await pruneRevisions(volume, settings.keep, Date.now());
    } catch (error) {
      pruneDueAt = Date.now() + settings.keep.ageMs + settings.waitMs;
      log.warn(whole(error), 'old revisions could not be deleted');
    }
  };

  const look = async (): Promise<Outcome> => {
    waiting = null;
    clearTimeout(timer);
    if (stopping.signal.aborted) return { ok: false, error: stoppedError(undefined), tookMs: 0 };
    const attemptedAt = new Date().toISOString();
    const startedAt = performance.now();
    const settled = await attempt().then(
      (result) => ({ ok: true, result }) as const,
      async (error: unknown) => ({ ok: false, error: await explain(error) }) as const,
    );
    const outcome: Outcome = { ...settled, tookMs: performance.now() - startedAt };
    if (stopping.signal.aborted) return outcome;

    backoffSteps = outcome.ok ? 0 : backoffSteps + 1;
    const nextMs = outcome.ok
      ? settings.waitMs
      : backoffMs(backoffSteps, settings.waitMs, Math.random());
    if (outcome.ok) reporter.succeeded(outcome.result, outcome.tookMs);
    else reporter.failed(outcome.error, nextMs);
    const current = await publishedCommit(outcome);
    status = {
      ...status,
      state: outcome.ok ? 'ok' : 'failing',
      current,
      lastAttemptAt: attemptedAt,
      lastSuccessAt: outcome.ok ? attemptedAt : status.lastSuccessAt,
      lastDurationMs: Math.round(outcome.tookMs),
      nextAttemptAt: new Date(Date.now() + nextMs).toISOString(),
      failures: outcome.ok ? 0 : status.failures + 1,
      error: outcome.ok ? null : errorStatus(outcome.error),
    };
    await saveStatus();
    tell(outcome);
    if (!stopping.signal.aborted) timer = setTimeout(() => void enqueue(), nextMs);
    return outcome;
  };

  const explain = async (error: unknown) =>
    stopping.signal.aborted ? stoppedError(error) : explainFailure(error, settings);

  const publishedCommit = async (outcome: Outcome): Promise<PublishedCommit | null> => {
    if (outcome.ok && outcome.result.change === 'published') return outcome.result.commit;
    try {
      const unchanged = outcome.ok && outcome.result.change === 'none';
      const hash = unchanged ? outcome.result.hash : await currentRevision(volume);
      if (hash === null) return null;
      return hash === status.current?.hash ? status.current : await readRevision(volume, hash);
    } catch {
      // The volume is in trouble, which the look has said already.
      return status.current;
    }
  };

  const saveStatus = async () => {
    // While another git-sync holds the volume, status.json is its own.
    if (hold === null) return;
    const news = `${status.state} ${status.current?.hash} ${status.failures}`;
    if (news === savedNews && Date.now() - savedAt < STATUS_EVERY_MS) return;
    try {
      await writeStatus(volume, status);
      savedNews = news;
      savedAt = Date.now();
    } catch (error) {
      // A full or missing volume has been reported by then; the status is still served by /healthz.
      log.debug({ error: String(error) }, 'status.json could not be written');
    }
  };

  const tell = (outcome: Outcome) => {
    try {
      options.onOutcome?.(outcome);
    } catch (error) {
      log.error(whole(error), 'a listener failed; the sync goes on');
    }
  };

  const enqueue = (): Promise<Outcome> => {
    waiting ??= underWay.then(look);
    underWay = waiting;
    return waiting;
  };
  void enqueue();

  return {
    syncNow: () => {
      backoffSteps = 0;
      return enqueue();
    },
    status: () => status,
    stop: async () => {
      stopping.abort();
      clearTimeout(timer);
      await underWay;
      await hold?.release();
      hold = null;
    },
  };
}
