/** A small set of whole numbers from 0, 32 to a word: a cron field takes at most two words. */
export type BitSet = readonly number[];

/** An empty set with room for the numbers up to `max`. */
export function emptyBits(max: number): number[] {
  const words = [0];
  for (let top = 32; top <= max; top += 32) words.push(0);
  return words;
}

export function addBit(bits: number[], value: number): void {
  const word = value >>> 5;
  bits[word] = (bits[word] ?? 0) | (1 << (value & 31));
}

/** The smallest member that is at least `from`; -1 when there is none. */
export function nextBit(bits: BitSet, from: number): number {
  let word = from >>> 5;
  let rest = (bits[word] ?? 0) & (-1 << (from & 31));
  while (rest === 0) {
    word += 1;
    if (word >= bits.length) return -1;
    rest = bits[word] ?? 0;
  }
  return word * 32 + lowestBit(rest);
}

/** The position of the lowest bit that is set in a word that is not 0. */
export function lowestBit(word: number): number {
  return 31 - Math.clz32(word & -word);
}
