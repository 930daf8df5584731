const MOST_LETTERS = 80;

/** A value in a sentence; all of it stands beside the sentence. */
export function shown(value: string): string {
  if (value === '') return 'empty';
  const line = value.replaceAll(/\s+/g, ' ');
  return line.length > MOST_LETTERS ? `${line.slice(0, MOST_LETTERS - 1)}…` : line;
}

export function fromTo(from: string | null, to: string | null): string {
  return `${from === null ? 'none' : shown(from)} → ${to === null ? 'none' : shown(to)}`;
}

export function times(number: number): string {
  return ['', 'once', 'twice'][number] ?? `${number} times`;
}

export function counted(number: number, one: string, several = `${one}s`): string {
  return `${number} ${number === 1 ? one : several}`;
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(items: readonly string[]): string {
  return items.length < 2
    ? items.join('')
    : `${items.slice(0, -1).join(', ')} and ${items.at(-1) ?? ''}`;
}
