import { queryOptions, useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import type { RunNeighbours, RunSummaryView } from '../../../../src/api/run.ts';
import { request } from '../../api/request.ts';
import { useKey } from '../../keys/keys.tsx';
import { StatusMark } from '../../marks/status-mark.tsx';
import style from './run.module.css';

function neighboursQuery(id: string) {
  return queryOptions({
    queryKey: ['run', id, 'neighbours'],
    queryFn: ({ signal }) => request<RunNeighbours>(`/api/v1/runs/${id}/neighbours`, { signal }),
  });
}

/** The runs of the same job before and after it. */
export function Neighbours({ id }: { readonly id: string }) {
  const { data } = useQuery(neighboursQuery(id));
  const navigate = useNavigate();
  const { before = null, after = null } = data ?? {};
  const go = (run: RunSummaryView | null): void => {
    if (run !== null) void navigate({ to: '/runs/$id', params: { id: run.id } });
  };
  useKey('[', 'the run before', () => go(before));
  useKey(']', 'the run after', () => go(after));
  if (before === null && after === null) return null;
  return (
    <nav aria-label="Runs of the same job" className={style.neighbours}>
      {before === null ? null : (
        <Link to="/runs/$id" params={{ id: before.id }}>
          ← before: <StatusMark status={before.status} />
        </Link>
      )}
      {after === null ? null : (
        <Link to="/runs/$id" params={{ id: after.id }}>
          after: <StatusMark status={after.status} /> →
        </Link>
      )}
    </nav>
  );
}
