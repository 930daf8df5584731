import { createAskOverHttp } from './ask-over-http.ts';
import { backoffMs } from './backoff.ts';
import type { Strikes } from './clone.ts';
import { createChangesWriter } from './changes-writer.ts';
import { changeRepository } from './change-repository.ts';
import { coalesced } from '@gitcron/base/coalesced';
import type { CodedError } from '@gitcron/base/coded-error';
import { explainFailure, faultOfOurs, stoppedError } from './explain-failure.ts';
import { holdVolume, type Hold } from './hold-volume.ts';
import { errorFields } from '@gitcron/base/error-fields';
import type { Logger } from '@gitcron/base/log';
import { makeDirectory } from '@gitcron/base/make-directory';
import { createPruner } from './prune.ts';
import { createReporter } from './report.ts';
import { isOf, readRevision, sweepRevisions, type PublishedCommit } from './revisions.ts';
import type { SyncSettings } from './settings.ts';
import { createStatusFile, errorStatus, maskStatus, type Status } from './status.ts';
import { syncOnce, type SyncResult } from './sync-once.ts';
import { VERSION } from './version.ts';
import { currentRevision, sweepVolume, volumeAt, type Volume } from './volume.ts';

/** How one look at the remote ended. */
export type LookOutcome =
  | { readonly ok: true; readonly result: SyncResult; readonly tookMs: number }
  | { readonly ok: false; readonly error: CodedError; readonly tookMs: number };

/** git-sync at work. Several can run in one process. */
export interface Sync {
  /**
   * Looks at the remote now and forgets the back-off. Calls made while one look is under way become one
   * more look after it, so the last push always wins. Never rejects.
   */
  syncNow(): Promise<LookOutcome>;
  /** From here on the volume shows no commit of another repository, unless the first look failed. */
  readonly settled: Promise<void>;
  status(): Status;
  /** Ends every git and resolves when nothing is left of them. */
  stop(): Promise<void>;
}

export interface SyncOptions {
  readonly settings: SyncSettings;
  readonly logger: Logger;
  /** Takes secrets out of the status. */
  readonly maskText?: (text: string) => string;
  /** Looks once and, but for `syncNow`, never again. */
  readonly once?: boolean;
  /** Called after every look. */
  readonly onOutcome?: (outcome: LookOutcome) => void;
}

/** For what the commit changed, and those that an earlier look had no time for. */
const ONCE_PATIENCE_MS = 10_000;

/** Syncs at once and then for ever, until it is stopped. No failure ends it. */
export function startSync(options: SyncOptions): Sync {
  const { settings, maskText = (text) => text } = options;
  const log = options.logger.child({ room: 'sync' });
  const volume = volumeAt(settings.root);
  const reporter = createReporter(log);
  const pruner = createPruner(volume, settings, log);
  const saveStatus = createStatusFile(volume, log);
  const stopping = new AbortController();
  const askOverHttp = createAskOverHttp(settings);
  const strikes: Strikes = new Map();
  const context = { settings, volume, log, signal: stopping.signal, askOverHttp, strikes };
  const changes = createChangesWriter(context);

  let status = maskStatus(
    {
      version: VERSION,
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
    },
    maskText,
  );
  let hold: Hold | null = null;
  /** What the volume shows is of our repository, or nothing is shown. */
  let isOurs = false;
  const settled = Promise.withResolvers<void>();
  let backoffSteps = 0;
  let timer: NodeJS.Timeout | undefined;

  const attempt = async (): Promise<SyncResult> => {
    hold ??= await takeVolume(volume, log);
    await takeRepository();
    const result = await syncOnce(context);
    if (result.change === 'published') {
      const { from, commit } = result;
      if (from !== null) changes.published({ from, hash: commit.hash });
      pruner.published();
    }
    await pruner.prune();
    return result;
  };

  const takeRepository = async (): Promise<void> => {
    if (isOurs) return;
    await changeRepository(volume, settings.remote.url, log, async () => {
      const shown = await currentRevision(volume);
      const current = shown === null ? null : await readRevision(volume, shown);
      status = { ...status, current: current && isOf(current, status.repository) ? current : null };
      await saveStatus(status);
    });
    isOurs = true;
    settled.resolve();
  };

  /** Whatever goes wrong with it, there is a next look. */
  const look = async (): Promise<LookOutcome> => {
    clearTimeout(timer);
    try {
      return await lookAndTell();
    } catch (cause) {
      settled.resolve();
      log.error(errorFields(cause), 'a look ended by a fault of git-sync');
      if (!options.once) lookLater(waitMs(settings, backoffSteps + 1));
      return { ok: false, error: faultOfOurs(cause), tookMs: 0 };
    }
  };

  const lookLater = (delayMs: number): void => {
    if (!stopping.signal.aborted) timer = setTimeout(() => void looks.run(), delayMs);
  };

  const lookAndTell = async (): Promise<LookOutcome> => {
    await changes.pause();
    if (stopping.signal.aborted) {
      settled.resolve();
      return { ok: false, error: stoppedError(undefined), tookMs: 0 };
    }
    const attemptedAt = new Date().toISOString();
    const startedAt = performance.now();
    const ended = await attempt().then(
      (result) => ({ ok: true, result }) as const,
      async (error: unknown) => ({ ok: false, error: await explain(error) }) as const,
    );
    const outcome: LookOutcome = { ...ended, tookMs: performance.now() - startedAt };
    // Whoever waits for it has to go on, also where another git-sync holds the volume.
    settled.resolve();
    if (stopping.signal.aborted) return outcome;

    backoffSteps = outcome.ok ? 0 : backoffSteps + 1;
    const nextMs = options.once ? null : waitMs(settings, backoffSteps);
    if (outcome.ok) reporter.succeeded(outcome.result, outcome.tookMs);
    else reporter.failed(outcome.error, nextMs);
    const current = await currentCommit(volume, outcome, status.current);
    const next: Status = {
      ...status,
      state: outcome.ok ? 'ok' : 'failing',
      current,
      lastAttemptAt: attemptedAt,
      lastSuccessAt: outcome.ok ? attemptedAt : status.lastSuccessAt,
      lastDurationMs: Math.round(outcome.tookMs),
      nextAttemptAt: nextMs === null ? null : new Date(Date.now() + nextMs).toISOString(),
      failures: outcome.ok ? 0 : status.failures + 1,
      error: outcome.ok ? null : errorStatus(outcome.error),
    };
    status = maskStatus(next, maskText);
    // While another git-sync holds the volume, status.json is its own.
    if (hold !== null) await saveStatus(status);
    // Whoever looks once is gone when it is told how it went.
    if (options.once && outcome.ok) {
      const patience = setTimeout(() => void changes.interrupt(), ONCE_PATIENCE_MS);
      await changes.write();
      clearTimeout(patience);
    }
    tell(outcome);
    if (!options.once && outcome.ok && !looks.isWaiting) void changes.write();
    if (nextMs !== null) lookLater(nextMs);
    return outcome;
  };

  const explain = async (error: unknown) =>
    stopping.signal.aborted
      ? stoppedError(error)
      : explainFailure(error, settings, { signal: stopping.signal });

  const tell = (outcome: LookOutcome) => {
    try {
      options.onOutcome?.(outcome);
    } catch (error) {
      log.error(errorFields(error), 'a listener failed; the sync goes on');
    }
  };

  const looks = coalesced(look);
  void looks.run();

  return {
    syncNow: () => {
      backoffSteps = 0;
      void changes.interrupt();
      return looks.run();
    },
    settled: settled.promise,
    status: () => status,
    stop: async () => {
      stopping.abort();
      clearTimeout(timer);
      await looks.settled();
      await changes.pause();
      await hold?.release();
      hold = null;
    },
  };
}

/** Until the next look, after so many failures in a row. */
function waitMs(settings: SyncSettings, failures: number): number {
  return failures === 0 ? settings.waitMs : backoffMs(failures, settings.waitMs, Math.random());
}

/** Makes the volume ours, and clears away what an earlier life left half-made in it. */
async function takeVolume(volume: Volume, log: Logger): Promise<Hold> {
  await makeDirectory(volume.root);
  const taken = await holdVolume(volume, log);
  try {
    await sweepVolume(volume);
    await sweepRevisions(volume);
  } catch (error) {
    await taken.release();
    throw error;
  }
  return taken;
}

/** What is published after a look; as `known` from the look before, when it cannot be read. */
async function currentCommit(
  volume: Volume,
  outcome: LookOutcome,
  known: PublishedCommit | null,
): Promise<PublishedCommit | null> {
  if (outcome.ok && outcome.result.change === 'published') return outcome.result.commit;
  try {
    const unchanged = outcome.ok && outcome.result.change === 'none';
    const hash = unchanged ? outcome.result.hash : await currentRevision(volume);
    if (hash === null) return null;
    return hash === known?.hash ? known : await readRevision(volume, hash);
  } catch {
    // The volume is in trouble, which the look has said already.
    return known;
  }
}
