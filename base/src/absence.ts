/** There is no such file, or, for readlink(2) (EINVAL), it is not a link: an answer and no failure. */
export function isAbsence(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ENOENT' || code === 'ENOTDIR' || code === 'EINVAL';
}

/** For `.catch`: turns absence into null. */
export function absent(error: unknown): null {
  if (isAbsence(error)) return null;
  throw error;
}
