import { queryOptions } from '@tanstack/react-query';
import type { TimelineMark } from '../../../../src/api/timeline-mark.ts';
import { request, withQuery } from '../../api/request.ts';
import type { Span } from './span.ts';

/** Something that happened to the whole house. */
export interface Mark {
  readonly at: number;
  /** Of an outage; null: it was at one instant, or has not ended. */
  readonly until: number | null;
  readonly kind: TimelineMark['kind'];
  readonly sentence: string;
  readonly revision: string | null;
}

export function marksQuery(span: Span) {
  return queryOptions({
    // Below what changes with a release.
    queryKey: ['revisions', 'marks', span],
    queryFn: async ({ signal }): Promise<readonly Mark[]> => {
      const [from, to] = [span.from, span.to].map((at) => new Date(at).toISOString());
      const path = withQuery('/api/v1/marks', { from, to });
      const { items } = await request<{ items: TimelineMark[] }>(path, { signal });
      return items.map(markOf);
    },
  });
}

function markOf(mark: TimelineMark): Mark {
  const { at, until, kind, release } = mark;
  return {
    at: Date.parse(at),
    until: until === null ? null : Date.parse(until),
    kind,
    revision: release,
    sentence: sentenceOf(mark),
  };
}

function sentenceOf({ kind, release, subject, by, reason }: TimelineMark): string {
  const named = `${release?.slice(0, 7) ?? ''}${subject === null || subject === '' ? '' : ` “${subject}”`}`;
  switch (kind) {
    case 'release':
      return `Release ${named}`;
    case 'rejected':
      return `Rejected: ${named}${reason === null ? '' : `: ${reason}`}`;
    case 'rollback':
      return `Rolled back to ${named}${by === null ? '' : ` by ${by}`}`;
    case 'outage':
      return 'Gitcron was down';
    case 'clock':
      return 'The clock was set back';
    default:
      return kind satisfies never;
  }
}
