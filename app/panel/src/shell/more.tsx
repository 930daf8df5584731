import type { UseInfiniteQueryResult } from '@tanstack/react-query';

/** Asks for the next page of a list, while there is one. */
export function More({
  query,
  children,
}: {
  readonly query: Pick<
    UseInfiniteQueryResult,
    'hasNextPage' | 'isFetchingNextPage' | 'fetchNextPage'
  >;
  /** A few words: `Older runs`. */
  readonly children: string;
}) {
  if (!query.hasNextPage) return null;
  return (
    <p>
      <button
        type="button"
        disabled={query.isFetchingNextPage}
        onClick={() => void query.fetchNextPage()}
      >
        {query.isFetchingNextPage ? 'Loading …' : children}
      </button>
    </p>
  );
}
