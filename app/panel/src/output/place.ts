import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useEffectEvent } from 'react';
import type { RunView } from '../../../src/api/run.ts';
import { isFailure } from '../marks/status-words.ts';
import { outlineQuery } from './outline.ts';

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

/**
 * Where the output is opened: at the line of the address; at the error of a run that failed; at the
 * end of one that runs; else at the beginning.
 */
export function useFirstPlace(run: RunView, moves: Moves): void {
  const client = useQueryClient();
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
    // Without it, the end of what it wrote is where its error is most often.
    const outline = await client.ensureQueryData(outlineQuery(run.id)).catch(() => null);
    if (signal.aborted) return;
    const error = outline?.error ?? null;
    if (error === null) moves.toEnd();
    else moves.toMark(`${error.sequence}.${error.offset}`);
  });
  useEffect(() => {
    const left = new AbortController();
    void open(left.signal);
    return () => left.abort();
  }, []);
}
