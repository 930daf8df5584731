import { write } from 'node:fs';
import { destination } from 'pino';

/** Where the log goes. Nothing that happens to it stops the program or makes it wait for ever. */
export interface LogDestination {
  /** @returns false when it is behind: wait for `drained` before writing more. */
  write(lines: string): boolean;
  drained(callback: () => void): void;
  /** @returns false when its reader is too slow, or takes nothing, and some is still to be written. */
  flush(): Promise<boolean>;
}

type Stream = ReturnType<typeof destination>;

/** The end waits no longer for a reader that takes nothing. */
const FLUSH_LIMIT_MS = 2000;
/** Nor for one that takes a little now and then. */
const FLUSH_WHOLE_LIMIT_MS = 15_000;
/** A full disk may have room again; until this has passed, lines are dropped. */
const TRY_AGAIN_MS = 1000;

/** @param file To append to; stdout when it is null. */
export function openLogDestination(file: string | null): LogDestination {
  const waiting = new Set<() => void>();
  let told = false;
  /** Null while lines are dropped. */
  let stream: Stream | null = open();
  let tryAgainAt = 0;

  function open(): Stream {
    // Not synchronous: a slow reader of stdout must not stop the clock that starts jobs.
    const opened = destination({ dest: file ?? 1, sync: false });
    opened.on('drain', wake);
    opened.on('error', (error: NodeJS.ErrnoException) => {
      // pino emits some errors twice.
      if (opened === stream) giveUp(opened, error);
    });
    return opened;
  }

  function wake(): void {
    const callbacks = [...waiting];
    waiting.clear();
    for (const callback of callbacks) callback();
  }

  function giveUp(failed: Stream, { code = 'an error' }: NodeJS.ErrnoException): void {
    stream = null;
    // Nobody will ever read this pipe again; anything else may pass.
    tryAgainAt = code === 'EPIPE' ? Number.POSITIVE_INFINITY : performance.now() + TRY_AGAIN_MS;
    // What it still holds would be tried again at the exit, without end.
    failed.destroy();
    if (!told) {
      told = true;
      const name = file ?? 'stdout';
      tell(`gitcron: ${name} cannot be written (${code}): log lines are lost, all else goes on.\n`);
    }
    wake();
  }

  return {
    write(lines) {
      if (stream === null) {
        if (performance.now() < tryAgainAt) return true;
        stream = open();
      }
      return stream.write(lines);
    },
    drained: (callback) =>
      void (stream === null ? queueMicrotask(callback) : waiting.add(callback)),
    flush() {
      const flushed = stream;
      if (flushed === null) return Promise.resolve(true);
      return new Promise((resolve) => {
        const done = (whole: boolean): void => {
          clearTimeout(limit);
          clearTimeout(wholeLimit);
          flushed.off('write', moved);
          resolve(whole);
        };
        const limit = setTimeout(() => done(false), FLUSH_LIMIT_MS);
        const wholeLimit = setTimeout(() => done(false), FLUSH_WHOLE_LIMIT_MS);
        const moved = (): void => void limit.refresh();
        flushed.on('write', moved);
        waiting.add(() => done(true));
        // It drains after each write, also one of nothing; and it keeps the order.
        flushed.write('');
      });
    },
  };
}

/** Waits for nobody: stderr may be as broken as stdout. */
function tell(sentence: string): void {
  write(2, sentence, () => {});
}
