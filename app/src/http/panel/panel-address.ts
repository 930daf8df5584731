/**
 * Whether it may be the address of a page of the panel, which knows best itself. It is none if its
 * first part is that of a path of ours (`/api`, `/scripts`, `/assets` …), so that whoever mistypes one
 * of those learns it; nor if it can be read in two ways, or is what scanners ask for (`/.env`).
 */
export function mayBeOfPanel(url: string, taken: ReadonlySet<string>): boolean {
  const [first, ...others] = partsOf(url) ?? [];
  if (first === undefined || taken.has(first.toLowerCase())) return false;
  // One slash at the end is often typed.
  if (others.at(-1) === '') others.pop();
  return [first, ...others].every(isPlain);
}

function isPlain(part: string): boolean {
  return !/^(\.|$)|[\\\p{Cc}]/u.test(part);
}

function partsOf(url: string): string[] | null {
  try {
    return decodeURIComponent(url.split(/[?#]/, 1)[0] ?? '')
      .split('/')
      .slice(1);
  } catch {
    return null;
  }
}

/** The first part of a route's path; '' of the start page. */
export function firstPart(route: string): string {
  return route.split('/')[1]?.toLowerCase() ?? '';
}
