import { createHash } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import type { Clock } from '@gitcron/base/clock';
import { errorFields } from '@gitcron/base/error-fields';
import type { Logger } from '@gitcron/base/log';
import {
  deleteFormerKeys,
  readFormerKeys,
  readKeyLog,
  type KeyChange,
  type KeyLog,
  type UsedKey,
} from './key-log.ts';
import { AppendLog } from '../state/append-log.ts';
import { HttpError } from './problem.ts';

/** How long a key is remembered, whatever others come. */
const REMEMBER_MS = 24 * 3_600_000;

/** About 3 MB. One sender alone must not keep all others out. */
const MAX_KEYS = 20_000;
const MAX_KEYS_OF_SENDER = 10_000;

/** What a request asks for; the same key may not ask for something else. */
export interface KeyedRequest {
  /** The header `Idempotency-Key`. */
  readonly key: string;
  readonly principal: string;
  readonly slug: string;
  readonly params: unknown;
  readonly alone?: boolean;
}

/** The run that a key stands for, before there is one. */
export interface PromisedRun {
  readonly runId: string;
  /** To be called just before a process of it is let go, or when somebody decided that none will be. */
  readonly settled: () => void;
}

/**
 * Runs that were asked for with an `Idempotency-Key`, so that a request which is sent again because
 * its answer got lost starts nothing more. They are kept in a file: the answer may have got lost
 * because the supervisor was killed. What is written is written ahead of the fact: the key with the
 * id of its run before the run is started, and that it begins before a process of it is let go. So
 * after a kill at any instant a key's run is known to have begun, or is started.
 */
export interface IdempotencyKeys {
  /**
   * Starts a run, or finds the one that this request has started before. A start that fails is not
   * remembered.
   * @returns the id of the run
   * @throws HttpError 422 when the key was used for another request, 503 when it cannot be kept.
   */
  once(request: KeyedRequest, start: (run: PromisedRun) => Promise<void>): Promise<string>;
}

export interface IdempotencyKeysOptions {
  readonly file: string;
  /** Where a Gitcron of before kept them. */
  readonly formerFile: string;
  readonly clock: Pick<Clock, 'now'>;
  readonly logger: Logger;
}

export function openIdempotencyKeys(options: IdempotencyKeysOptions): IdempotencyKeys {
  const { file, formerFile, clock, logger } = options;
  const onDamaged = (error: unknown): void => {
    logger.warn(errorFields(error), `Cannot read ${file}: some Idempotency-Keys are forgotten.`);
  };
  const former = readFormerKeys(formerFile, onDamaged);
  const keys = new Map([...former, ...readKeyLog(file, onDamaged)]);
  let isFormerThere = former.size > 0;
  const log: KeyLog = new AppendLog(file);
  const starting = new Map<string, Promise<string>>();
  /** Of this process: their runs are in its hands, begun or not. */
  const ours = new Set<string>();

  // From a time at which the clock was ahead.
  for (const [name, used] of keys) keys.set(name, { ...used, at: Math.min(used.at, clock.now()) });

  function write(entry: UsedKey | KeyChange): void {
    log.append(entry, { size: keys.size, lines: () => keys.values() });
    if (isFormerThere) deleteFormerKeys(formerFile);
    isFormerThere = false;
  }

  function began(name: string): void {
    const used = keys.get(name);
    if (used === undefined || used.began) return;
    keys.set(name, { ...used, began: true });
    try {
      write({ change: 'began', key: name });
    } catch (error) {
      // The run is not held up by that.
      logger.error(
        errorFields(error),
        `Cannot write ${file}: after a restart the Idempotency-Key of run ${used.runId} would start it again.`,
      );
    }
  }

  async function promise(name: string, request: KeyedRequest): Promise<PromisedRun> {
    const { principal } = request;
    const sender = hash(principal);
    forgetOld();
    refuseTooMany(sender);
    const runId = uuidv7();
    const used = { key: name, sender, request: fingerprint(request), runId, at: clock.now() };
    keys.delete(name);
    keys.set(name, { ...used, began: false });
    try {
      write({ ...used, began: false });
      await log.flush();
    } catch (cause) {
      keys.delete(name);
      throw notWritten(file, cause);
    }
    ours.add(runId);
    return { runId, settled: () => began(name) };
  }

  async function startOnce(
    name: string,
    request: KeyedRequest,
    start: (run: PromisedRun) => Promise<void>,
  ): Promise<string> {
    const run = await promise(name, request);
    try {
      await start(run);
    } catch (error) {
      drop(name, run.runId);
      throw error;
    }
    return run.runId;
  }

  function drop(name: string, runId: string): void {
    keys.delete(name);
    ours.delete(runId);
    try {
      write({ change: 'dropped', key: name });
    } catch {
      // Left in the file it says that nothing began, which means the same.
    }
  }

  /** The oldest come first. */
  function forgetOld(): void {
    for (const [name, { at, runId }] of keys) {
      if (!isOver(at)) return;
      keys.delete(name);
      ours.delete(runId);
    }
  }

  function isOver(at: number): boolean {
    return at < clock.now() - REMEMBER_MS;
  }

  function refuseTooMany(sender: string): void {
    const ofSender = [...keys.values()].filter((used) => used.sender === sender);
    const isSenderFull = ofSender.length >= MAX_KEYS_OF_SENDER;
    if (!isSenderFull && keys.size < MAX_KEYS) return;
    const [oldest] = isSenderFull ? ofSender : keys.values();
    const waitMs = (oldest?.at ?? clock.now()) + REMEMBER_MS - clock.now();
    throw tooMany(Math.max(1, Math.ceil((waitMs + 1) / 1000)));
  }

  return {
    async once(request, start) {
      const name = hash([request.principal, request.key]);
      // Others of the same are on their way: one after the other, until one has succeeded.
      for (let other = starting.get(name); other !== undefined; other = starting.get(name)) {
        await other.catch(() => {});
      }
      const used = keys.get(name);
      if (used !== undefined && !isOver(used.at)) {
        if (used.request !== fingerprint(request)) throw usedOtherwise(used);
        // One that a supervisor before us promised and did not begin is started now.
        if (used.began || ours.has(used.runId)) return used.runId;
      }
      const begun = startOnce(name, request, start);
      starting.set(name, begun);
      try {
        return await begun;
      } finally {
        starting.delete(name);
      }
    },
  };
}

function usedOtherwise({ runId }: UsedKey): HttpError {
  const sentence = 'This key was used for another request.';
  return new HttpError(422, 'GITCRON_E_IDEMPOTENCY_KEY', sentence, {
    hint: 'Use a new Idempotency-Key for every run that you want.',
    members: { runId },
  });
}

function tooMany(retryAfterSec: number): HttpError {
  const sentence = 'Too many Idempotency-Keys are remembered already. Nothing was started.';
  return new HttpError(503, 'GITCRON_E_TOO_MANY_KEYS', sentence, {
    hint: 'Each is remembered for a day. Send it again after the seconds of Retry-After, or without a key.',
    retryAfterSec,
  });
}

function notWritten(file: string, cause: unknown): HttpError {
  const sentence = 'The Idempotency-Key cannot be written down. Nothing was started.';
  return new HttpError(503, 'GITCRON_E_KEY_WRITE', sentence, {
    place: file,
    hint: 'Free disk space on the state volume, or see why it cannot be written, and send it again. Without a key it starts all the same.',
    cause,
    retryAfterSec: 60,
  });
}

function fingerprint({ slug, params, alone = false }: KeyedRequest): string {
  return hash([slug, params, ...(alone ? ['alone'] : [])]);
}

function hash(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64url');
}
