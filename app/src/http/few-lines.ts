/** What may be said how often. */
export interface FewLinesOptions {
  readonly most: number;
  readonly perMs: number;
  /** Says how many more there were, once the time is over. */
  readonly tellMore: (count: number) => void;
}

export interface FewLines {
  /** Writes a line, or counts it when there were many already. */
  write(line: () => void): void;
  /** Tells what was only counted. */
  close(): void;
}

/** For lines that a stranger can cause: a line a request would push all others out of the log. */
export function createFewLines({ most, perMs, tellMore }: FewLinesOptions): FewLines {
  let written = 0;
  let counted = 0;
  let timer: NodeJS.Timeout | null = null;

  function tell(): void {
    if (counted > 0) tellMore(counted);
    timer = null;
    written = 0;
    counted = 0;
  }

  return {
    write(line) {
      timer ??= setTimeout(tell, perMs).unref();
      if (written === most) {
        counted += 1;
        return;
      }
      written += 1;
      line();
    },
    close() {
      if (timer === null) return;
      clearTimeout(timer);
      tell();
    },
  };
}
