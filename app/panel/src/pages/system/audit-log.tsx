import { infiniteQueryOptions, useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { z } from 'zod';
import type { eventView } from '../../../../src/api/revision.ts';
import { request, withQuery } from '../../api/request.ts';
import { Complaint } from '../../shell/complaint.tsx';
import { More } from '../../shell/more.tsx';
import { Ago } from '../../time/time.tsx';
import { deedInWords, DEEDS } from './deed-words.ts';
import style from './system.module.css';

type EventView = z.output<typeof eventView>;

interface Events {
  readonly items: readonly EventView[];
  readonly next: string | null;
}

const deedsQuery = infiniteQueryOptions({
  queryKey: ['events', 'deeds'],
  queryFn: ({ pageParam, signal }) =>
    request<Events>(
      withQuery('/api/v1/events', {
        type: Object.keys(DEEDS).join(','),
        limit: 50,
        before: pageParam ?? undefined,
      }),
      { signal },
    ),
  initialPageParam: null as string | null,
  getNextPageParam: ({ next }) => next,
  // Nothing tells of what others do but the log itself.
  staleTime: 0,
});

/** What people and programs did, with their names. */
export function AuditLog() {
  const events = useInfiniteQuery(deedsQuery);
  const items = events.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <>
      {events.error === null ? null : <Complaint of={events.error} />}
      {events.isPending ? <p className="soft">Loading …</p> : null}
      {events.isSuccess && items.length === 0 ? <p className="soft">Nothing yet.</p> : null}
      <ul className={style.rows} aria-label="Deeds">
        {items.map((event) => (
          <li key={`${event.at} ${event.type} ${JSON.stringify(event.detail)}`} data-row>
            <strong>{textOf(event.detail['by']) ?? 'somebody'}</strong>
            <span>
              {deedInWords(event)} <Where event={event} />
            </span>
            <span className="soft">
              <Ago at={event.at} />
            </span>
          </li>
        ))}
      </ul>
      <More query={events}>Earlier</More>
    </>
  );
}

function Where({ event: { revision, detail } }: { readonly event: EventView }) {
  const runId = textOf(detail['runId']);
  const job = textOf(detail['job']);
  if (runId !== undefined) {
    return (
      <Link to="/runs/$id" params={{ id: runId }}>
        #{runId.slice(-8)}
      </Link>
    );
  }
  if (job !== undefined) {
    return (
      <Link to="/jobs/$slug" params={{ slug: job }}>
        {job}
      </Link>
    );
  }
  if (revision === null) return null;
  return (
    <Link to="/releases/$revision" params={{ revision }}>
      <code>{revision.slice(0, 7)}</code>
    </Link>
  );
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
