import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { ChunkView, OutputPage, OutputStream } from '../../../src/api/output.ts';
import { request, withQuery } from '../api/request.ts';

/** So much is asked for at once, and so much of it is kept in hand around what is seen. */
const PAGE_BYTES = 512 * 1024;
const MOST_BYTES = 4 * 1024 * 1024;
const TAIL_LINES = 1000;

export interface OutputWindow {
  /** One after the other, without a page left out between them. */
  readonly chunks: readonly ChunkView[];
  readonly hasBefore: boolean;
  readonly hasAfter: boolean;
  /** Counts up when something else is shown, and not more of the same. */
  readonly jump: number;
  /** What the last change did: where the place that is seen has to be held. */
  readonly change: 'set' | 'before' | 'after' | 'less-before' | 'less-after';
}

const NOTHING: OutputWindow = {
  chunks: [],
  hasBefore: false,
  hasAfter: false,
  jump: 0,
  change: 'set',
};

export interface OutputSource {
  readonly window: OutputWindow;
  readonly isLoading: boolean;
  readonly error: unknown;
  readonly toBeginning: () => void;
  readonly toEnd: () => void;
  readonly toPiece: (sequence: number) => void;
  readonly moreBefore: () => void;
  readonly moreAfter: () => void;
  /** Pieces that came just now: taken where they follow what is here, else asked for where one looks. */
  readonly push: (chunks: readonly ChunkView[]) => void;
}

/**
 * A part of what a run wrote, which grows where one looks and is let go of elsewhere. Of another run
 * or stream is another one: whoever uses it has a key of both.
 */
export function useOutputWindow(runId: string, stream: OutputStream | undefined): OutputSource {
  const [window, setWindow] = useState(NOTHING);
  const [isLoading, setLoading] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const latest = useRef(window);
  const asking = useRef<AbortController | null>(null);

  const put = useCallback((next: OutputWindow) => {
    latest.current = next;
    setWindow(next);
  }, []);

  const ask = useCallback(
    async (
      query: Readonly<Record<string, number>>,
      use: (chunks: readonly ChunkView[], page: OutputPage) => void,
    ) => {
      asking.current?.abort();
      const mine = new AbortController();
      asking.current = mine;
      setLoading(true);
      try {
        const path = withQuery(`/api/v1/runs/${runId}/output`, { ...query, stream });
        const page = await request<OutputPage>(path, { signal: mine.signal });
        setError(null);
        use(page.items, page);
      } catch (problem) {
        if (!mine.signal.aborted) setError(problem);
      } finally {
        if (asking.current === mine) {
          asking.current = null;
          setLoading(false);
        }
      }
    },
    [runId, stream],
  );

  const show = useCallback(
    (query: Readonly<Record<string, number>>, at: 'beginning' | 'end' | 'piece') =>
      void ask({ ...query, maxBytes: PAGE_BYTES }, (chunks, { previous }) =>
        put({
          chunks,
          hasBefore: at !== 'beginning' && previous !== null,
          hasAfter: at !== 'end' && chunks.length > 0,
          jump: latest.current.jump + 1,
          change: 'set',
        }),
      ),
    [ask, put],
  );

  const moves = useMemo(
    () => ({
      toBeginning: () => show({ after: 0 }, 'beginning'),
      toEnd: () => show({ tail: TAIL_LINES }, 'end'),
      toPiece: (sequence: number) => show({ at: Math.max(1, sequence) }, 'piece'),
      moreBefore() {
        const { chunks, hasBefore } = latest.current;
        const [first] = chunks;
        if (!hasBefore || first === undefined || asking.current !== null) return;
        void ask({ before: first.sequence, maxBytes: PAGE_BYTES }, (found, { previous }) =>
          put({
            ...latest.current,
            chunks: [...found, ...latest.current.chunks],
            hasBefore: found.length > 0 && previous !== null,
            change: 'before',
          }),
        );
      },
      moreAfter() {
        const { chunks, hasAfter } = latest.current;
        if (!hasAfter || asking.current !== null) return;
        const after = chunks.at(-1)?.sequence ?? 0;
        void ask({ after, maxBytes: PAGE_BYTES }, (found) =>
          put({
            ...latest.current,
            chunks: [...latest.current.chunks, ...found],
            hasAfter: found.length > 0,
            change: 'after',
          }),
        );
      },
      push(found: readonly ChunkView[]) {
        const { chunks, hasAfter } = latest.current;
        const last = chunks.at(-1)?.sequence ?? 0;
        const news = found.filter(({ sequence }) => sequence > last);
        const [first] = news;
        if (first === undefined || hasAfter) return;
        // Who reads slowly misses pieces of what comes live; they may be had all the same.
        const isGap = stream === undefined && first.sequence > last + 1;
        if (isGap) put({ ...latest.current, hasAfter: true });
        else put({ ...latest.current, chunks: [...chunks, ...news], change: 'after' });
      },
    }),
    [ask, put, show, stream],
  );

  // One end at a time grows or is cut: so what is seen stays where it is.
  useEffect(() => {
    const frame = requestAnimationFrame(() => {
      const less = cutFarEnd(window);
      if (less !== null && latest.current === window) put(less);
    });
    return () => cancelAnimationFrame(frame);
  }, [window, put]);

  useEffect(() => () => asking.current?.abort(), []);

  return { window, isLoading, error, ...moves };
}

function bytesOf(chunks: readonly ChunkView[]): number {
  return chunks.reduce((sum, chunk) => sum + sizeOf(chunk), 0);
}

function sizeOf({ text, base64 }: ChunkView): number {
  return (text ?? base64 ?? '').length;
}

/** @returns null where there is not too much in hand. */
function cutFarEnd(window: OutputWindow): OutputWindow | null {
  const { chunks, change } = window;
  if (bytesOf(chunks) <= MOST_BYTES) return null;
  if (change === 'before') {
    const kept = withoutFirst(chunks.toReversed()).toReversed();
    return { ...window, chunks: kept, hasAfter: true, change: 'less-after' };
  }
  return { ...window, chunks: withoutFirst(chunks), hasBefore: true, change: 'less-before' };
}

/** As many as are too much. */
function withoutFirst(chunks: readonly ChunkView[]): readonly ChunkView[] {
  let excess = bytesOf(chunks) - (MOST_BYTES - PAGE_BYTES);
  const first = chunks.findIndex((chunk) => {
    if (excess <= 0) return true;
    excess -= sizeOf(chunk);
    return false;
  });
  return chunks.slice(Math.max(0, first));
}
