import { settingFacts } from '@gitcron/base/environment';
import { BlockList, isIP } from 'node:net';
import { z } from 'zod';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

function isLoopback({ hostname }: URL): boolean {
  const address = hostname.replace(/^\[(.*)\]$/, '$1');
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  return hostname === 'localhost' || (isIP(address) !== 0 && loopback.check(address, family));
}

/** Neither credentials nor what a path of ours could not be added to. */
function isBare(url: URL): boolean {
  return [url.username, url.password, url.search, url.hash].every((part) => part === '');
}

/** Values of a claim: they may hold spaces. */
const values = z
  .string()
  .transform((text) =>
    text
      .split(',')
      .map((value) => value.trim())
      .filter((value) => value !== ''),
  )
  .default([]);

/** Where the panel is reached, and the identity provider that people log in by. */
export const oidcSettings = {
  /** Without a path: the panel is at the root of its host. */
  PUBLIC_URL: z
    .url({ protocol: /^https?$/, error: 'expected https://HOST' })
    .refine(
      (text) => isBare(new URL(text)) && new URL(text).pathname === '/',
      'expected https://HOST without path, query and password: the panel is at the root of its host',
    )
    .transform((text) => new URL(text).origin)
    .register(settingFacts, { secret: 'inside' })
    .optional(),
  OIDC_ISSUER: z
    .url({ protocol: /^https?$/, error: 'expected https://HOST/…' })
    .refine((text) => isBare(new URL(text)), 'must have neither query nor password')
    .refine(
      (text) => !text.includes('/.well-known/'),
      'expected what stands before /.well-known/openid-configuration',
    )
    .refine(
      (text) => !text.startsWith('http:') || isLoopback(new URL(text)),
      'expected https: only a provider on this very machine may be asked over http',
    )
    .optional(),
  OIDC_CLIENT_ID: z.string().optional(),
  OIDC_CLIENT_SECRET: z.string().register(settingFacts, { secret: 'whole' }).optional(),
  /** Read at each log-in. */
  OIDC_CLIENT_SECRET_FILE: z.string().optional(),
  OIDC_SCOPE: z
    .string()
    .refine(
      (text) => text.split(' ').includes('openid'),
      'expected scopes with spaces between them, openid among them',
    )
    .default('openid profile email'),
  OIDC_ROLE_CLAIM: z.string().default('groups'),
  OIDC_ADMIN: values,
  OIDC_OPERATOR: values,
  OIDC_VIEWER: values,
};

type Given = { readonly [Name in keyof typeof oidcSettings]?: unknown };

function hasSecret(given: Given): boolean {
  return given.OIDC_CLIENT_SECRET !== undefined || given.OIDC_CLIENT_SECRET_FILE !== undefined;
}

/** Three belong together. */
export function isWhole(given: Given): boolean {
  const three = [given.OIDC_ISSUER, given.OIDC_CLIENT_ID, hasSecret(given) || undefined];
  const set = three.filter((one) => one !== undefined);
  return set.length === 0 || set.length === three.length;
}

/** Whether people log in by a provider. */
export function hasProvider(given: Given): boolean {
  return isWhole(given) && given.OIDC_ISSUER !== undefined;
}

export function namesARole({
  OIDC_ADMIN,
  OIDC_OPERATOR,
  OIDC_VIEWER,
}: Readonly<Record<'OIDC_ADMIN' | 'OIDC_OPERATOR' | 'OIDC_VIEWER', readonly string[]>>): boolean {
  return [OIDC_ADMIN, OIDC_OPERATOR, OIDC_VIEWER].some((names) => names.length > 0);
}
