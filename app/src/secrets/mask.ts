import type { OutputTransform } from '../events.ts';

/** What is shown in the place of a secret. */
export const MASK = '***';
const MASK_BYTES = Buffer.from(MASK);

/** Takes secret values out of whatever is about to be seen. */
export interface Mask {
  /** For one stream of output; finds values that arrive in pieces, too. */
  readonly transform: () => OutputTransform;
  readonly text: (text: string) => string;
}

/** Bytes from `start` to `end` that belong to a secret. */
interface Span {
  readonly start: number;
  readonly end: number;
}

/** @param secrets - see `secretValues`, which makes sure that none is empty or too short. */
export function createMask(secrets: readonly string[]): Mask {
  const patterns = secrets.map((secret) => Buffer.from(secret));
  return {
    transform: () => createTransform(patterns),
    text(text) {
      if (!secrets.some((secret) => text.includes(secret))) return text;
      const transform = createTransform(patterns);
      return Buffer.concat([transform.push(Buffer.from(text)), transform.end()]).toString();
    },
  };
}

function createTransform(patterns: readonly Buffer[]): OutputTransform {
  // The end of what was pushed, if a secret may begin in it. Of its first bytes some may already
  // have gone out as part of a mask: they are here only because a second secret overlaps.
  let held: Buffer = Buffer.alloc(0);
  let heldMasked = 0;

  return {
    push(bytes) {
      const data = held.length === 0 ? bytes : Buffer.concat([held, bytes]);
      const spans = merged(patterns.flatMap((pattern) => occurrences(data, pattern)));
      const keepFrom = startOfPossibleSecret(data, patterns);
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
    end() {
      const spans = merged(patterns.flatMap((pattern) => occurrences(held, pattern)));
      const { visible } = replace(held, spans, heldMasked, held.length);
      held = Buffer.alloc(0);
      heldMasked = 0;
      return visible;
    },
  };
}

/** Also those that overlap each other. */
function occurrences(data: Buffer, pattern: Buffer): Span[] {
  const spans: Span[] = [];
  for (let start = data.indexOf(pattern); start !== -1; start = data.indexOf(pattern, start + 1)) {
    spans.push({ start, end: start + pattern.length });
  }
  return spans;
}

/** In order, and those that overlap as one. */
function merged(spans: readonly Span[]): Span[] {
  const result: Span[] = [];
  for (const span of spans.toSorted((a, b) => a.start - b.start)) {
    const last = result.at(-1);
    if (last !== undefined && span.start < last.end) {
      result[result.length - 1] = { start: last.start, end: Math.max(last.end, span.end) };
    } else {
      result.push(span);
    }
  }
  return result;
}

/** The first place from which on `data` is the beginning, but not the whole, of a secret. */
function startOfPossibleSecret(data: Buffer, patterns: readonly Buffer[]): number {
  let first = data.length;
  for (const pattern of patterns) {
    const initial = pattern.subarray(0, 1);
    let start = Math.max(0, data.length - pattern.length + 1);
    for (start = data.indexOf(initial, start); start !== -1 && start < first;) {
      const length = data.length - start;
      if (data.compare(pattern, 0, length, start) === 0) first = start;
      else start = data.indexOf(initial, start + 1);
    }
  }
  return first;
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
