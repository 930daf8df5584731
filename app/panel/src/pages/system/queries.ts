import { queryOptions } from '@tanstack/react-query';
import type { TokenView } from '../../../../src/api/token.ts';
import { request } from '../../api/request.ts';

export const tokensQuery = queryOptions({
  queryKey: ['tokens'],
  queryFn: async ({ signal }) =>
    (await request<{ items: TokenView[] }>('/api/v1/tokens', { signal })).items,
});
