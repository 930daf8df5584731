/** What a request needs to be allowed. `nothing`: anybody may. */
export type Right = 'nothing' | 'read' | 'admin' | { readonly trigger: string };

/** Who makes a request, and what for. */
export interface Principal {
  /** As the record names who asked: `administrator`, `token deploy`, `command line`. */
  readonly name: string;
  readonly scopes: readonly string[];
  /** Sent along by the browser whoever caused the request, so its origin has to be looked at. */
  readonly byCookie: boolean;
}

/** Whoever knows the password. */
export const ADMINISTRATOR: Principal = {
  name: 'administrator',
  scopes: ['admin'],
  byCookie: true,
};

/** How the record names who asked. */
export function authorOf(principal: Principal | null): string {
  return principal?.name ?? 'nobody';
}

export function may({ scopes }: Principal, right: Right): boolean {
  if (right === 'nothing' || scopes.includes('admin')) return true;
  return scopes.includes(typeof right === 'string' ? right : `trigger:${right.trigger}`);
}

/** The scope that would have been enough, for an error message. */
export function scopeFor(right: Exclude<Right, 'nothing'>): string {
  return typeof right === 'string' ? right : `trigger:${right.trigger}`;
}
