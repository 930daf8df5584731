import { setImmediate } from 'node:timers/promises';

/** Well below a millisecond of file system calls. */
const SLICE = 32;

/**
 * Runs synchronous file system calls in slices, with room for timers and sockets between them: a call
 * that only touches names takes microseconds, a trip through Node's thread pool ten times as long.
 */
export async function inSlices<Item>(
  items: Iterable<Item>,
  use: (item: Item) => void,
): Promise<void> {
  let done = 0;
  for (const item of items) {
    done += 1;
    if (done % SLICE === 0) await setImmediate();
    use(item);
  }
}
