import { queryOptions } from '@tanstack/react-query';
import type { OutputOutline } from '../../../src/api/output.ts';
import { request } from '../api/request.ts';

/** How much there is, and where its error stands: for opening it anywhere without reading it. */
export function outlineQuery(runId: string) {
  return queryOptions({
    queryKey: ['run', runId, 'outline'],
    queryFn: ({ signal }) =>
      request<OutputOutline>(`/api/v1/runs/${runId}/output/outline`, { signal }),
  });
}

/** The piece in which a part of the output begins. @param share from 0, the beginning, to 1, its end. */
export function pieceAt({ marks, parts }: OutputOutline, share: number): number {
  const all = parts.reduce((sum, { bytes }) => sum + bytes, 0);
  return marks.findLast(({ bytes }) => bytes <= all * share)?.sequence ?? 1;
}
