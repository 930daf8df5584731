/**
 * Two failures that are the same are told once. What is another one in each try, such as a port, a
 * duration or the name of a temporary file, has a digit in it, and makes no other failure.
 */
export function failureKey(failure: {
  readonly code: string;
  readonly message: string;
  readonly because: readonly string[];
}): string {
  const words = [failure.code, failure.message, ...failure.because].join('\n');
  return words.replaceAll(/[0-9a-f]*[0-9][0-9a-f]*/g, '#');
}
