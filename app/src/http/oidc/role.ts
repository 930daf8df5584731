import type { Role } from '../../api/session.ts';

/** What the provider says of a person. */
export type Claims = Readonly<Record<string, unknown>>;

export interface RoleSettings {
  /** The name of the claim; `realm_access.roles` is a claim within one. */
  readonly claim: string;
  /** Which of its values make which role. */
  readonly values: Readonly<Record<Role, readonly string[]>>;
}

const HIGHEST_FIRST = ['admin', 'operator', 'viewer'] as const satisfies readonly Role[];

/** @returns the highest role that a value of the claim makes; null when none does. */
export function roleOf(claims: Claims, { claim, values }: RoleSettings): Role | null {
  const given = valuesOf(claims, claim);
  return HIGHEST_FIRST.find((role) => values[role].some((value) => given.includes(value))) ?? null;
}

/**
 * The texts of a claim, which is one or a list of them. An e-mail address counts where the provider has
 * verified that it is the person's: otherwise anybody could write down an administrator's.
 */
export function valuesOf(claims: Claims, claim: string): readonly string[] {
  if (claim === 'email' && claims['email_verified'] !== true) return [];
  const value = lookUp(claims, claim);
  return [value].flat().flatMap((one) => (typeof one === 'string' ? [one] : []));
}

/** Names of claims may be URLs, so a dot divides only where there is no claim of the whole name. */
function lookUp(claims: unknown, path: string): unknown {
  if (typeof claims !== 'object' || claims === null) return undefined;
  if (Object.hasOwn(claims, path)) return Reflect.get(claims, path);
  const dot = path.indexOf('.');
  if (dot === -1 || !Object.hasOwn(claims, path.slice(0, dot))) return undefined;
  return lookUp(Reflect.get(claims, path.slice(0, dot)), path.slice(dot + 1));
}
