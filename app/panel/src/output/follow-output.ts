import type { ChunkView, OutputPage } from '../../../src/api/output.ts';
import { request, withQuery } from '../api/request.ts';

/** A browser has six connections to a server: so many may be followed by a stream, in all its tabs. */
const STREAMS = ['first', 'second', 'third'] as const;
const ASK_AGAIN_MS = 1000;
const LOCK = 'gitcron-output';

interface Passed {
  readonly runId: string;
  readonly chunks: readonly ChunkView[];
}

export interface OutputFollower {
  readonly runId: string;
  /** The last piece that is known. */
  readonly after: () => number;
  readonly onChunks: (chunks: readonly ChunkView[]) => void;
}

/**
 * Tells what a run writes, until told to stop. One tab listens for all that look at the same run;
 * where too many runs are followed, and without Web Locks, it asks every second.
 */
export function followOutput(follower: OutputFollower, signal: AbortSignal): void {
  if (!('locks' in navigator)) {
    void askAgainAndAgain(follower, follower.onChunks, signal);
    return;
  }
  const channel = new BroadcastChannel(LOCK);
  signal.addEventListener('abort', () => channel.close());
  channel.addEventListener('message', ({ data }: MessageEvent<Passed>) => {
    if (data.runId === follower.runId) follower.onChunks(data.chunks);
  });
  const pass = (chunks: readonly ChunkView[]): void => {
    if (signal.aborted) return;
    channel.postMessage({ runId: follower.runId, chunks });
    follower.onChunks(chunks);
  };
  navigator.locks
    .request(`${LOCK} ${follower.runId}`, { signal }, () => listen(follower, pass, signal))
    // The page was left while it waited.
    .catch(() => {});
}

async function listen(
  follower: OutputFollower,
  pass: (chunks: readonly ChunkView[]) => void,
  signal: AbortSignal,
): Promise<void> {
  for (const name of STREAMS) {
    const had = await navigator.locks.request(
      `${LOCK} stream ${name}`,
      { ifAvailable: true },
      async (lock) => {
        if (lock === null) return false;
        await stream(follower, pass, signal);
        return true;
      },
    );
    if (had || signal.aborted) return;
  }
  await askAgainAndAgain(follower, pass, signal);
}

/** The browser resumes it by itself, behind the last piece that came. */
function stream(
  { runId, after }: OutputFollower,
  pass: (chunks: readonly ChunkView[]) => void,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve) => {
    const source = new EventSource(
      withQuery(`/api/v1/runs/${runId}/output/live`, { after: after() }),
    );
    const end = (): void => {
      source.close();
      resolve();
    };
    source.addEventListener('output', ({ data }: MessageEvent<string>) => {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the contract is the server's own
      pass([JSON.parse(data) as ChunkView]);
    });
    source.addEventListener('end', end);
    signal.addEventListener('abort', end);
  });
}

async function askAgainAndAgain(
  { runId, after }: OutputFollower,
  pass: (chunks: readonly ChunkView[]) => void,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
    if (signal.aborted) return;
    if (document.hidden) continue;
    const path = withQuery(`/api/v1/runs/${runId}/output`, { after: after() });
    // What is away now may be there in a second.
    const page = await request<OutputPage>(path, { signal }).catch(() => null);
    if (page !== null && page.items.length > 0) pass(page.items);
  }
}
