declare global {
  // ECMAScript, "JSON.parse source text access"; TypeScript's library does not know it yet.
  interface JSON {
    rawJSON(text: string): { readonly rawJSON: string };
    isRawJSON(value: unknown): value is { readonly rawJSON: string };
  }
}

/**
 * JSON whose numbers keep their digits: `1.0`, `1e3` and integers of any size are written as they
 * were read. A number that JavaScript would write in another way is kept as its text, in an object
 * that `JSON.stringify` writes as a number.
 * @throws SyntaxError
 */
export function parseLossless(text: string): unknown {
  return JSON.parse(text, keepDigits);
}

/** What a number was read as; null for every other value. */
export function digitsOf(value: unknown): string | null {
  if (typeof value === 'number') return String(value);
  return JSON.isRawJSON(value) ? value.rawJSON : null;
}

function keepDigits(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  const digits = context?.source;
  if (typeof value !== 'number' || digits === undefined) return value;
  return String(value) === digits ? value : JSON.rawJSON(digits);
}
