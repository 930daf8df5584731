import { setTimeout as delay } from 'node:timers/promises';
import type { History } from '../history/history.ts';
import type { OutputChunk } from './chunk.ts';
import type { RunOutput } from './run-output.ts';

/** What a follower that reads too slowly may make us keep; then it misses some. */
const QUEUE_BYTES = 1024 * 1024;

/** For a database that answers nothing; one that is only slow gets more from whoever pages through it. */
const PATIENCE_MS = 5000;

export interface FollowSources {
  readonly history: Pick<History, 'output'>;
  /** See `Recorder`. */
  liveOutput(runId: string): RunOutput | null;
  shipNow(): Promise<void>;
}

/**
 * The output of a run from `after` (a sequence number; 0 for all of it) to its end, as it comes:
 * first what is stored, then what is in memory, then what arrives. Without the database it begins
 * with what is in memory. Ends with the run, or when `signal` says so.
 */
export async function* followOutput(
  sources: FollowSources,
  runId: string,
  after: number,
  signal: AbortSignal,
): AsyncGenerator<OutputChunk> {
  const live = sources.liveOutput(runId);
  const arriving = live === null ? null : new Arrivals(live);
  const wake = (): void => arriving?.wake();
  signal.addEventListener('abort', wake);
  try {
    let last = after;
    const inMemory = live?.inMemory() ?? [];
    const firstInMemory = inMemory[0]?.sequence ?? Number.POSITIVE_INFINITY;
    const complete = live !== null && (inMemory.length === 0 || firstInMemory <= last + 1);
    if (!complete) {
      for await (const chunk of storedOutput(sources, runId, last)) {
        if (signal.aborted || chunk.sequence >= firstInMemory) break;
        yield chunk;
        last = chunk.sequence;
      }
    }
    for (const chunk of inMemory) {
      if (signal.aborted || chunk.sequence <= last) continue;
      yield chunk;
      last = chunk.sequence;
    }
    if (arriving === null) return;
    for await (const chunk of arriving) {
      if (signal.aborted) return;
      if (chunk !== null && chunk.sequence > last) yield chunk;
    }
  } finally {
    signal.removeEventListener('abort', wake);
    arriving?.stop();
  }
}

async function* storedOutput(sources: FollowSources, runId: string, after: number) {
  const read = () => sources.history.output(runId, { after });
  const first = await soon(sources.shipNow().then(read, () => null));
  // The database is away, or hangs: what is in memory is all there is.
  if (first === null) return;
  for (let chunks = first; ;) {
    yield* chunks;
    const newest = chunks.at(-1);
    if (newest === undefined) return;
    chunks = await sources.history.output(runId, { after: newest.sequence });
  }
}

/** @returns null when it takes too long for somebody who waits for more than this. */
async function soon<Result>(work: Promise<Result>): Promise<Result | null> {
  const patience = new AbortController();
  const late = delay(PATIENCE_MS, null, { signal: patience.signal }).catch(() => null);
  try {
    return await Promise.race([work, late]);
  } finally {
    patience.abort();
  }
}

/** Chunks that came since, for one reader. */
class Arrivals {
  readonly #queue: OutputChunk[] = [];
  readonly stop: () => void;
  #queuedBytes = 0;
  #ended = false;
  #waiting: (() => void) | null = null;

  constructor(live: RunOutput) {
    this.stop = live.follow(
      (chunk) => this.#push(chunk),
      () => {
        this.#ended = true;
        this.wake();
      },
    );
  }

  wake(): void {
    this.#waiting?.();
    this.#waiting = null;
  }

  /** `null` is only a chance to look around. */
  async *[Symbol.asyncIterator](): AsyncGenerator<OutputChunk | null> {
    for (;;) {
      const chunk = this.#queue.shift();
      if (chunk !== undefined) {
        this.#queuedBytes -= chunk.bytes.length;
        yield chunk;
      } else if (this.#ended) {
        return;
      } else {
        const { promise, resolve } = Promise.withResolvers<void>();
        this.#waiting = resolve;
        await promise;
        yield null;
      }
    }
  }

  #push(chunk: OutputChunk): void {
    this.#queue.push(chunk);
    this.#queuedBytes += chunk.bytes.length;
    while (this.#queuedBytes > QUEUE_BYTES) {
      this.#queuedBytes -= this.#queue.shift()?.bytes.length ?? 0;
    }
    this.wake();
  }
}
