import leven from 'leven';

/** Comparing takes time by the length; nothing so long is a slip of the keyboard. */
const LONGEST = 20;

/** The word that was probably meant; null when none is near. */
export function nearestWord(text: string, words: readonly string[]): string | null {
  if (text.length > LONGEST) return null;
  const [near] = words
    .map((word) => ({ word, distance: leven(text.toLowerCase(), word) }))
    .filter(({ distance }) => distance <= 3)
    .toSorted((a, b) => a.distance - b.distance);
  return near?.word ?? null;
}
