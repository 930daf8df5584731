import { createHash } from 'node:crypto';
import writeFileAtomic from 'write-file-atomic';
import { z } from 'zod';
import type { Clock, EpochMs } from '@gitcron/base/clock';
import { readStateFile } from '../state/state-file.ts';
import { errorFields, type Logger } from '@gitcron/base/log';
import { HttpError } from './problem.ts';

const keySchema = z.object({ request: z.string(), runId: z.string(), at: z.int() });
const fileSchema = z.record(z.string(), keySchema);
type UsedKey = z.output<typeof keySchema>;

/** How long a key is remembered. */
const REMEMBER_MS = 24 * 3_600_000;
const MAX_KEYS = 2000;

/** What a request asks for; the same key may not ask for something else. */
export interface KeyedRequest {
  /** The header `Idempotency-Key`. */
  readonly key: string;
  readonly principal: string;
  readonly slug: string;
  readonly params: unknown;
}

/**
 * Runs that were started with an `Idempotency-Key`, so that a request which is sent again because
 * its answer got lost starts nothing more. They are kept in a file: the answer may have got lost
 * because the supervisor was restarted.
 */
export interface IdempotencyKeys {
  /**
   * Starts a run, or finds the one that this request has started before. Resolves to its id when
   * it will be known after a restart, too; a start that fails is not remembered.
   * @throws HttpError 422 when the key was used for another request.
   */
  once(request: KeyedRequest, start: () => Promise<string>): Promise<string>;
}

export function openIdempotencyKeys(
  file: string,
  clock: Pick<Clock, 'now'>,
  logger: Logger,
): IdempotencyKeys {
  const saved = readStateFile(file, fileSchema, (error) => {
    logger.warn(errorFields(error), `Cannot read ${file}: old Idempotency-Keys are forgotten.`);
  });
  const keys = new Map(Object.entries(saved ?? {}));
  let writing: Promise<void> = Promise.resolve();

  const starting = new Map<string, Promise<string>>();

  return {
    async once(request, start) {
      const name = nameOf(request);
      // Others of the same are on their way: one after the other, until one has succeeded.
      for (let other = starting.get(name); other !== undefined; other = starting.get(name)) {
        await other.catch(() => {});
      }
      const used = keys.get(name);
      if (used !== undefined && used.at >= clock.now() - REMEMBER_MS) {
        if (used.request === fingerprint(request)) return used.runId;
        throw usedOtherwise(used);
      }
      const begun = startAndRemember(name, request, start);
      starting.set(name, begun);
      try {
        return await begun;
      } finally {
        starting.delete(name);
      }
    },
  };

  async function startAndRemember(
    name: string,
    request: KeyedRequest,
    start: () => Promise<string>,
  ): Promise<string> {
    const runId = await start();
    remember(name, { request: fingerprint(request), runId, at: clock.now() });
    await writing;
    return runId;
  }

  function remember(name: string, key: UsedKey): void {
    keys.delete(name);
    keys.set(name, key);
    forgetOld(keys, clock.now());
    const text = JSON.stringify(Object.fromEntries(keys));
    writing = writing
      .then(() => writeFileAtomic(file, text, { mode: 0o600 }))
      .catch((error: unknown) => {
        logger.error(
          errorFields(error),
          `Cannot write ${file}: a restart forgets Idempotency-Keys.`,
        );
      });
  }
}

function usedOtherwise({ runId }: UsedKey): HttpError {
  const sentence = 'This key was used for another request.';
  return new HttpError(422, 'GITCRON_E_IDEMPOTENCY_KEY', sentence, {
    hint: 'Use a new Idempotency-Key for every run that you want.',
    members: { runId },
  });
}

/** The oldest come first. */
function forgetOld(keys: Map<string, UsedKey>, now: EpochMs): void {
  for (const [name, { at }] of keys) {
    if (at >= now - REMEMBER_MS && keys.size <= MAX_KEYS) return;
    keys.delete(name);
  }
}

/** Keys of different senders have nothing to do with each other. */
function nameOf({ principal, key }: KeyedRequest): string {
  return hash([principal, key]);
}

function fingerprint({ slug, params }: KeyedRequest): string {
  return hash([slug, params]);
}

function hash(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64url');
}
