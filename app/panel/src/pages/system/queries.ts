import { queryOptions } from '@tanstack/react-query';
import type { LogInView } from '../../../../src/api/session.ts';
import type { SettingView, SystemView } from '../../../../src/api/system.ts';
import type { TokenView } from '../../../../src/api/token.ts';
import { request } from '../../api/request.ts';

export const tokensQuery = queryOptions({
  queryKey: ['tokens'],
  queryFn: async ({ signal }) =>
    (await request<{ items: TokenView[] }>('/api/v1/tokens', { signal })).items,
});

/** No news tell of these: they are asked for each time somebody comes to look. */
const atEachLook = { staleTime: 0 } as const;

export const logInsQuery = queryOptions({
  ...atEachLook,
  queryKey: ['sessions'],
  queryFn: async ({ signal }) =>
    (await request<{ items: LogInView[] }>('/api/v1/sessions', { signal })).items,
});

export const systemQuery = queryOptions({
  ...atEachLook,
  queryKey: ['system'],
  queryFn: ({ signal }) => request<SystemView>('/api/v1/system', { signal }),
  // The first answer may come before everything is measured.
  refetchInterval: 60_000,
});

export const settingsQuery = queryOptions({
  ...atEachLook,
  queryKey: ['settings'],
  queryFn: async ({ signal }) =>
    (await request<{ items: SettingView[] }>('/api/v1/settings', { signal })).items,
});
