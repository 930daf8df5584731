import type { EpochMs } from '@gitcron/base/clock';
import type { Role, SessionView } from '../../api/session.ts';
import type { Person } from './sessions.ts';

/** What people may do by their role. */
export const SCOPES_OF: Readonly<Record<Role, readonly string[]>> = {
  viewer: ['read'],
  operator: ['operate'],
  admin: ['admin'],
};

/**
 * What a request needs to be allowed. `nothing`: anybody may; `any`: whoever is known; `read` is part of
 * `operate`, and so is the right to start any job; `admin` is everything.
 */
export type Right = 'nothing' | 'any' | 'read' | 'operate' | 'admin' | { readonly trigger: string };

/** Who makes a request, and what for. */
export interface Principal {
  /** As the record names who asked: `administrator`, `user ann`, `token deploy`, `command line`. */
  readonly name: string;
  readonly via: SessionView['via'];
  /** Of a person; null for a token and the command line. */
  readonly role: Role | null;
  readonly scopes: readonly string[];
  /** Sent along by the browser whoever caused the request, so its origin has to be looked at. */
  readonly byCookie: boolean;
  /** Null: its right has no end of its own. */
  readonly expiresAt: EpochMs | null;
  /** Of a log-in; null for a token and the command line. */
  readonly sessionId: string | null;
}

/** Whoever knows the password. */
export const ADMINISTRATOR: Person = {
  name: 'administrator',
  role: 'admin',
  via: 'password',
  provider: null,
};

/** How the record names who asked. */
export function authorOf(principal: Principal | null): string {
  return principal?.name ?? 'nobody';
}

export function may({ scopes }: Pick<Principal, 'scopes'>, right: Right): boolean {
  if (right === 'nothing' || right === 'any') return true;
  return scopesFor(right).some((scope) => scopes.includes(scope));
}

/** Each of them would have been enough; the least first. */
export function scopesFor(right: Exclude<Right, 'nothing' | 'any'>): string[] {
  const least = typeof right === 'string' ? right : `trigger:${right.trigger}`;
  return least === 'admin' ? ['admin'] : [...new Set([least, 'operate', 'admin'])];
}
