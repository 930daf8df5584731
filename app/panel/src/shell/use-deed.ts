import { useState } from 'react';

export interface Deed<Given extends readonly unknown[]> {
  /** Never rejects: what goes wrong is told in `error`. */
  readonly start: (...given: Given) => Promise<void>;
  readonly isBusy: boolean;
  /** Of the last time; null when it went well, or goes on. */
  readonly error: unknown;
}

/** Something that a page asks the server to do: what goes wrong is kept for whoever asked. */
export function useDeed<Given extends readonly unknown[]>(
  work: (...given: Given) => Promise<unknown>,
): Deed<Given> {
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);
  return {
    error,
    isBusy,
    async start(...given) {
      setBusy(true);
      setError(null);
      try {
        await work(...given);
      } catch (problem) {
        setError(problem);
      } finally {
        setBusy(false);
      }
    },
  };
}
