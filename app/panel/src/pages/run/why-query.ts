import { queryOptions } from '@tanstack/react-query';
import type { WhyView } from '../../../../src/api/why.ts';
import { request } from '../../api/request.ts';

/** Why a run did not succeed, as far as it shows. */
export function whyQuery(id: string) {
  return queryOptions({
    queryKey: ['why', id],
    queryFn: ({ signal }) => request<WhyView>(`/api/v1/runs/${id}/why`, { signal }),
  });
}
