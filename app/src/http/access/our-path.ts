/** A path on this server and nothing that a browser takes for another one; else the start page. */
export function ourPath(given: string): string {
  const base = 'http://here.invalid';
  if (!given.startsWith('/') || !URL.canParse(given, base)) return '/';
  const { origin, pathname, search, hash } = new URL(given, base);
  return origin === base && !pathname.startsWith('//') ? `${pathname}${search}${hash}` : '/';
}
