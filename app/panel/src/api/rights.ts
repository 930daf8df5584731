import { useQuery } from '@tanstack/react-query';
import { sessionQuery } from './queries.ts';

/** What whoever is logged in may do. The server decides; a page only leaves out what it would refuse. */
export interface Rights {
  readonly mayOperate: boolean;
  readonly mayAdminister: boolean;
  mayStart(job: string): boolean;
}

export function useRights(): Rights {
  const { data } = useQuery(sessionQuery);
  const has = (scope: string): boolean => data?.scopes.includes(scope) ?? false;
  const mayAdminister = has('admin');
  const mayOperate = mayAdminister || has('operate');
  return { mayAdminister, mayOperate, mayStart: (job) => mayOperate || has(`trigger:${job}`) };
}
