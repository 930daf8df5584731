import type { z } from 'zod';
import type { outputHit, outputHits } from '../../../src/api/output.ts';
import { request, withQuery } from '../api/request.ts';

export type Hit = z.output<typeof outputHit>;

/** More are counted as "many": whoever looks for an `e` wants another word. */
export const MOST_HITS = 2000;

/**
 * Looks through all that a run wrote, piece by piece, and tells what it found so far.
 * @returns when it is through, or has found enough.
 * @throws Problem
 */
export async function searchOutput(
  { runId, text }: { readonly runId: string; readonly text: string },
  onHits: (hits: readonly Hit[]) => void,
  signal: AbortSignal,
): Promise<void> {
  let hits: readonly Hit[] = [];
  let from: string | undefined;
  do {
    const query = { text, limit: 500, ...(from === undefined ? {} : { from }) };
    const path = withQuery(`/api/v1/runs/${runId}/output/search`, query);
    const page = await request<z.output<typeof outputHits>>(path, { signal });
    hits = [...hits, ...page.items];
    onHits(hits);
    from = page.next ?? undefined;
  } while (from !== undefined && hits.length < MOST_HITS);
}
