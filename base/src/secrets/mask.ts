import type { Span } from './find-plain.ts';
import { secretFinder, type FindSecrets } from './find-secrets.ts';

/** What is shown in the place of a secret. */
export const MASK = '***';
const MASK_BYTES = Buffer.from(MASK);

/** So many letters of a secret at the end of a text are no accident: something was cut short. */
const TELLING_BYTES = 8;

/**
 * Changes a run's output on its way in, before anybody sees it. One is made for each stream of
 * each attempt, because a piece may end in the middle of what has to change.
 */
export interface OutputTransform {
  /** @returns what can go on now; the end of `bytes` may be held back until the next call. */
  push(bytes: Buffer): Buffer;
  /**
   * The stream is over, or what follows goes somewhere else; then it may go on.
   * @param isCut - there was more, which nobody will see.
   * @returns what was held back.
   */
  end(isCut?: boolean): Buffer;
}

/** Takes secret values out of whatever is about to be seen. */
export interface Mask {
  /** For one stream of output; finds values that arrive in pieces, too. */
  readonly transform: () => OutputTransform;
  readonly text: (text: string) => string;
}

/**
 * @param secrets - see `secretValues`, which makes sure that none is empty or too short. A function
 *   is asked each time and returns another list when there are others: files of secrets change.
 */
export function createMask(secrets: readonly string[] | (() => readonly string[])): Mask {
  const listed = typeof secrets === 'function' ? secrets : () => secrets;
  let known = listed();
  let find = secretFinder(known);
  const findNow: FindSecrets = (data) => {
    const now = listed();
    if (now !== known) {
      known = now;
      find = secretFinder(now);
    }
    return find(data);
  };
  return {
    transform: () => createTransform(findNow),
    text(text) {
      const bytes = Buffer.from(text);
      const transform = createTransform(findNow);
      const masked = Buffer.concat([transform.push(bytes), transform.end()]);
      // The very text, where nothing is masked: bytes may not be all of it.
      return masked.equals(bytes) ? text : masked.toString();
    },
  };
}

function createTransform(find: FindSecrets): OutputTransform {
  // The end of what was pushed, if a secret may begin in it. Of its first bytes some may already
  // have gone out as part of a mask: they are here only because a second secret overlaps.
  let held: Buffer = Buffer.alloc(0);
  let heldMasked = 0;

  return {
    push(bytes) {
      const data = held.length === 0 ? bytes : Buffer.concat([held, bytes]);
      const { spans, keepFrom } = find(data);
      if (spans.length === 0 && keepFrom === data.length && heldMasked === 0) {
        held = Buffer.alloc(0);
        return data;
      }
      const { visible, maskedTo } = replace(data, spans, heldMasked, keepFrom);
      // A copy: what is held back must not keep all of a large buffer in memory.
      held = Buffer.from(data.subarray(keepFrom));
      heldMasked = Math.max(0, maskedTo - keepFrom);
      return visible;
    },
    end(isCut = false) {
      const { spans, keepFrom } = find(held);
      const rest = held.length - keepFrom;
      const isTelling = rest >= (isCut ? 1 : TELLING_BYTES);
      const until = isTelling ? keepFrom : held.length;
      const { visible, maskedTo } = replace(held, spans, heldMasked, until);
      // Should it go on, the rest of a secret that began here is not shown either.
      heldMasked = held.length;
      return isTelling && maskedTo <= keepFrom ? Buffer.concat([visible, MASK_BYTES]) : visible;
    },
  };
}

/**
 * @param masked - so many bytes at the beginning have been shown as a mask before.
 * @param until - what follows is held back, unless it is part of a secret that began before.
 */
function replace(data: Buffer, spans: readonly Span[], masked: number, until: number) {
  const parts: Buffer[] = [];
  let position = masked;
  for (const { start, end } of spans) {
    if (start >= until) break;
    // A secret that overlaps one already shown as a mask belongs to the same mask.
    const continues = masked > 0 && start < masked;
    if (!continues) parts.push(data.subarray(position, start), MASK_BYTES);
    position = Math.max(position, end);
  }
  if (position < until) parts.push(data.subarray(position, until));
  return { visible: Buffer.concat(parts), maskedTo: position };
}
