import { useEffect, useEffectEvent } from 'react';
import type { RunView } from '../../../src/api/run.ts';
import { isFailure } from '../marks/status-words.ts';
import { searchOutput, type Hit } from './output-search.ts';

const PLACE = /^#L(\d+\.\d+)$/;

/** The line that the address names: `#L12.345`, the piece and its byte; it holds for ever. */
export function placeInAddress(): string | null {
  return PLACE.exec(location.hash)?.[1] ?? null;
}

export function writePlace(key: string): void {
  history.replaceState(history.state, '', `#L${key}`);
}

interface Moves {
  readonly toBeginning: () => void;
  readonly toEnd: () => void;
  readonly toMark: (key: string) => void;
}

/** Larger outputs begin at their end: looking for the error in all of it would keep one waiting. */
const SMALL_BYTES = 4 * 1024 * 1024;

/**
 * Where the output is opened: at the line of the address; at the error of a run that failed; at the
 * end of one that runs; else at the beginning.
 */
export function useFirstPlace(run: RunView, moves: Moves): void {
  const open = useEffectEvent(async (signal: AbortSignal) => {
    const given = placeInAddress();
    if (given !== null) {
      moves.toMark(given);
      return;
    }
    if (run.finishedAt === null) {
      moves.toEnd();
      return;
    }
    if (!isFailure(run.status)) {
      moves.toBeginning();
      return;
    }
    const hit = await errorOf(run, signal);
    if (signal.aborted) return;
    if (hit === null) moves.toEnd();
    else moves.toMark(`${hit.sequence}.${hit.offset}`);
  });
  useEffect(() => {
    const left = new AbortController();
    void open(left.signal);
    return () => left.abort();
  }, []);
}

async function errorOf(run: RunView, signal: AbortSignal): Promise<Hit | null> {
  const text = run.errorLine?.trim().slice(0, 100) ?? '';
  if (text === '' || run.output.bytes > SMALL_BYTES) return null;
  let first: Hit | null = null;
  await searchOutput({ runId: run.id, text }, ([hit]) => (first ??= hit ?? null), signal).catch(
    () => {},
  );
  return first;
}
