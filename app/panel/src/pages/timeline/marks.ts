import type { z } from 'zod';
import { queryOptions } from '@tanstack/react-query';
import type { eventView } from '../../../../src/api/revision.ts';
import { request, withQuery } from '../../api/request.ts';

/** Something that happened to the whole house. */
export interface Mark {
  readonly at: number;
  readonly kind: 'release' | 'rejected' | 'rollback' | 'start';
  readonly sentence: string;
  readonly revision: string | null;
}

type Event = z.output<typeof eventView>;

const KINDS: Readonly<Record<string, Mark['kind']>> = {
  release_activated: 'release',
  revision_rejected: 'rejected',
  rolled_back: 'rollback',
  supervisor_started: 'start',
};

/** The newest ones: enough for the days that are looked at. */
export const marksQuery = queryOptions({
  queryKey: ['revisions', 'marks'],
  queryFn: async ({ signal }): Promise<readonly Mark[]> => {
    const path = withQuery('/api/v1/events', { type: Object.keys(KINDS).join(','), limit: 200 });
    const { items } = await request<{ items: Event[] }>(path, { signal });
    return items.flatMap(markOf);
  },
});

function markOf({ at, type, revision, detail }: Event): Mark[] {
  const kind = KINDS[type];
  if (kind === undefined) return [];
  const short = revision?.slice(0, 7) ?? '';
  return [{ at: Date.parse(at), kind, revision, sentence: sentenceOf(kind, short, detail['by']) }];
}

function sentenceOf(kind: Mark['kind'], revision: string, by: unknown): string {
  switch (kind) {
    case 'release':
      return `Release ${revision} is current`;
    case 'rejected':
      return `${revision} is rejected`;
    case 'rollback':
      return `Rolled back to ${revision}${typeof by === 'string' ? ` by ${by}` : ''}`;
    case 'start':
      return 'Gitcron started';
    default:
      return kind satisfies never;
  }
}
