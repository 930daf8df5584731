/** Something that many ask for and that is done one at a time. */
export interface Coalesced<Result> {
  /**
   * Does it once more, from a moment after this call. All who ask before it begins share it, so there
   * is never more than one under way and one that waits.
   */
  run(): Promise<Result>;
  /** Somebody asked for one that has not begun. */
  readonly isWaiting: boolean;
  /** Resolves, never rejects, when nothing is under way and nothing waits that was asked for before. */
  settled(): Promise<void>;
}

/** @param work what went wrong with one is for those who asked for it; the next begins all the same. */
export function coalesced<Result>(work: () => Promise<Result>): Coalesced<Result> {
  let last: Promise<void> = Promise.resolve();
  let next: Promise<Result> | null = null;
  return {
    run() {
      if (next !== null) return next;
      const asked = last.then(() => {
        next = null;
        return work();
      });
      next = asked;
      last = asked.then(ignore, ignore);
      return asked;
    },
    get isWaiting() {
      return next !== null;
    },
    settled: () => last,
  };
}

function ignore(): void {
  // Whoever asked for it knows.
}
