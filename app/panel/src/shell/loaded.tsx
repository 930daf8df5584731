import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Complaint } from './complaint.tsx';

/**
 * What was asked for, or why it is not there: still on its way and not to be had look different.
 * What was read before stays in sight when reading it anew fails; the header says that.
 */
export function Loaded<Data>({
  query,
  what,
  children,
}: {
  readonly query: Pick<UseQueryResult<Data>, 'data' | 'error' | 'isPending'>;
  /** `the jobs`. */
  readonly what: string;
  readonly children: (data: Data) => ReactNode;
}) {
  if (query.data !== undefined) return children(query.data);
  if (query.error !== null) return <Complaint of={query.error} />;
  return (
    <p className="soft" aria-busy="true">
      Loading {what} …
    </p>
  );
}
