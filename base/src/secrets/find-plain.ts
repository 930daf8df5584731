/** Bytes from `start` to `end` that belong to a secret. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * Where each pair of bytes may end the first letters of a secret: the search of Wu and Manber
 * (1994). It looks at one byte in as many as the shortest secret has, however many secrets there are.
 */
export interface PlainIndex {
  readonly shortest: number;
  /** By pair: how far it is safe to go on; 0 where one of `endingIn` may be found. */
  readonly shift: Uint8Array;
  readonly endingIn: ReadonlyMap<number, readonly Buffer[]>;
}

/** @returns null where a secret is too short for it. */
export function indexPlain(patterns: readonly Buffer[]): PlainIndex | null {
  const shortest = Math.min(255, ...patterns.map(({ length }) => length));
  if (shortest < 2) return null;
  const shift = new Uint8Array(65_536).fill(shortest - 1);
  const endingIn = new Map<number, Buffer[]>();
  for (const pattern of patterns) {
    for (let at = 0; at + 1 < shortest; at += 1) {
      const pair = pairAt(pattern, at);
      shift[pair] = Math.min(shift[pair] ?? 0, shortest - 2 - at);
    }
    const last = pairAt(pattern, shortest - 2);
    endingIn.set(last, [...(endingIn.get(last) ?? []), pattern]);
  }
  return { shortest, shift, endingIn };
}

/** Also those that overlap each other. */
export function findPlain(index: PlainIndex, data: Buffer, spans: Span[]): void {
  const { shortest, shift, endingIn } = index;
  const last = data.length - 1;
  for (let at = shortest - 2; at < last;) {
    const pair = pairAt(data, at);
    const step = shift[pair] ?? 0;
    if (step > 0) {
      at += step;
      continue;
    }
    const start = at - (shortest - 2);
    for (const pattern of endingIn.get(pair) ?? []) {
      const end = start + pattern.length;
      if (end <= data.length && pattern.compare(data, start, end) === 0) spans.push({ start, end });
    }
    at += 1;
  }
}

function pairAt(data: Buffer, at: number): number {
  return (data[at] ?? 0) * 256 + (data[at + 1] ?? 0);
}
