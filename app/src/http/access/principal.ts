import type { EpochMs } from '@gitcron/base/clock';

/** What a request needs to be allowed. `nothing`: anybody may; `any`: whoever is known. */
export type Right = 'nothing' | 'any' | 'read' | 'admin' | { readonly trigger: string };

/** Who makes a request, and what for. */
export interface Principal {
  /** As the record names who asked: `administrator`, `token deploy`, `command line`. */
  readonly name: string;
  readonly scopes: readonly string[];
  /** Sent along by the browser whoever caused the request, so its origin has to be looked at. */
  readonly byCookie: boolean;
  /** Null: its right has no end of its own. */
  readonly expiresAt: EpochMs | null;
}

/** Whoever knows the password: a log-in of theirs. */
export const ADMINISTRATOR: Omit<Principal, 'expiresAt'> = {
  name: 'administrator',
  scopes: ['admin'],
  byCookie: true,
};

/** How the record names who asked. */
export function authorOf(principal: Principal | null): string {
  return principal?.name ?? 'nobody';
}

export function may({ scopes }: Principal, right: Right): boolean {
  if (right === 'nothing' || right === 'any' || scopes.includes('admin')) return true;
  return scopes.includes(typeof right === 'string' ? right : `trigger:${right.trigger}`);
}

/** The scope that would have been enough, for an error message. */
export function scopeFor(right: Exclude<Right, 'nothing' | 'any'>): string {
  return typeof right === 'string' ? right : `trigger:${right.trigger}`;
}
