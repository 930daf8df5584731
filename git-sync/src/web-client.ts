import { readFileSync } from 'node:fs';
import { Agent, request as httpRequest } from 'node:http';
import { trustedAuthorities } from './authorities.ts';
import type { SyncSettings } from './settings.ts';

/** What speaks to a Git server over HTTP besides git. */
export interface WebClient {
  /** Keeps no connection open, only what makes the next TLS handshake short. */
  readonly agent: Agent;
  readonly start: typeof httpRequest;
}

/** By which proxies it goes (http.Agent, `proxyEnv`). */
export type Proxies = Readonly<Record<string, string>>;

/**
 * Who is trusted by git is trusted here, and nobody else: see `authoritiesFile`, or http.sslCAInfo of
 * git-config(1). What TLS needs is loaded when it is needed: it takes 3 MB, which each git that is
 * started would cost the kernel to map.
 */
export async function webClient(
  { remote, caFile }: Pick<SyncSettings, 'remote' | 'caFile'>,
  proxyEnv: Proxies = {},
): Promise<WebClient> {
  if (remote.transport !== 'https') return { agent: new Agent({ proxyEnv }), start: httpRequest };
  const [https, tls] = await Promise.all([import('node:https'), import('node:tls')]);
  const gits = process.env['GIT_SSL_CAINFO'];
  const ca =
    caFile !== null
      ? await trustedAuthorities(caFile)
      : gits
        ? [readFileSync(gits, 'utf8')]
        : tls.getCACertificates('system');
  const secureContext = tls.createSecureContext({ ca });
  return { agent: new https.Agent({ secureContext, proxyEnv }), start: https.request };
}

/** The remote is of the origin that the password is for. */
export function authorization({
  username,
  password,
}: Pick<SyncSettings, 'username' | 'password'>): { Authorization?: string } {
  if (password === null) return {};
  const credentials = Buffer.from(`${username}:${password()}`, 'utf8').toString('base64');
  return { Authorization: `Basic ${credentials}` };
}
