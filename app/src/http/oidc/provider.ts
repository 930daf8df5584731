import { createHash } from 'node:crypto';
import { describeError, type CodedError } from '@gitcron/base/coded-error';
import type { Logger } from '@gitcron/base/log';
import type { Settings } from '../../config/settings.ts';
import type { Person } from '../access/sessions.ts';
import { createFewLines } from '../few-lines.ts';
import { HttpError } from '../problem.ts';
import { createDiscovery, type ClientSettings, type Known } from './discovery.ts';
import { explain } from './explain.ts';
import type { Flow } from './flow-cookie.ts';
import { hasName, personName } from './person-name.ts';
import { roleOf, valuesOf, type Claims, type RoleSettings } from './role.ts';

export interface ProviderSettings extends ClientSettings, RoleSettings {
  /** The origin that browsers reach us by. */
  readonly publicUrl: string;
  readonly scope: string;
}

/** Where the provider sends people back to. */
export const CALLBACK = '/login/oidc/callback';

/** The team's identity provider, by OpenID Connect's authorization code flow. */
export interface IdentityProvider {
  /** As people know it. */
  readonly host: string;
  readonly publicUrl: string;
  /** Of the settings that make roles: log-ins by others do not hold. */
  readonly fingerprint: string;
  /** Why it could not be asked the last time; null when it could. */
  problem(): CodedError | null;
  /** @returns where to send the browser, and what to remember. @throws CodedError GITCRON_E_OIDC_… */
  begin(): Promise<{
    readonly url: URL;
    readonly flow: Pick<Flow, 'state' | 'nonce' | 'verifier'>;
  }>;
  /**
   * @param search the query that the browser came back with
   * @throws CodedError GITCRON_E_OIDC_…
   */
  finish(search: string, flow: Flow): Promise<Person & { readonly subject: string }>;
  /** Where one logs out of the provider itself; null where it does not say. */
  logOutUrl(): Promise<string | null>;
  close(): void;
}

/** @returns null where the settings name none. */
export function providerSettings(settings: Settings): ProviderSettings | null {
  const { OIDC_ISSUER: issuer, OIDC_CLIENT_ID: clientId, PUBLIC_URL: publicUrl } = settings;
  if (issuer === undefined || clientId === undefined || publicUrl === undefined) return null;
  return {
    issuer,
    clientId,
    publicUrl,
    secret: settings.OIDC_CLIENT_SECRET,
    secretFile: settings.OIDC_CLIENT_SECRET_FILE,
    scope: settings.OIDC_SCOPE,
    claim: settings.OIDC_ROLE_CLAIM,
    values: {
      admin: settings.OIDC_ADMIN,
      operator: settings.OIDC_OPERATOR,
      viewer: settings.OIDC_VIEWER,
    },
  };
}

export function createIdentityProvider(
  settings: ProviderSettings,
  { logger, now }: { readonly logger: Logger; readonly now: () => number },
): IdentityProvider {
  const { issuer, clientId, publicUrl, claim, values } = settings;
  const { host } = new URL(issuer);
  const discovery = createDiscovery(settings, { logger, now });
  const fingerprint = createHash('sha256')
    .update(JSON.stringify([issuer, clientId, claim, values]))
    .digest('base64url')
    .slice(0, 16);
  const told = createFewLines({
    most: 10,
    perMs: 60_000,
    tellMore: (count) => logger.warn(`${count} more log-ins by ${host} failed in a minute.`),
  });

  async function withProvider<Result>(work: (known: Known) => Promise<Result>): Promise<Result> {
    const known = await discovery.ask();
    try {
      return await work(known);
    } catch (error) {
      const coded = explain(known.client, error, host);
      told.write(() => logger.warn(describeError(coded)));
      throw coded;
    }
  }

  return {
    host,
    publicUrl,
    fingerprint,
    problem: () => discovery.problem(),
    begin: () =>
      withProvider(async ({ client, config }) => {
        const verifier = client.randomPKCECodeVerifier();
        const flow = { state: client.randomState(), nonce: client.randomNonce(), verifier };
        const url = client.buildAuthorizationUrl(config, {
          redirect_uri: publicUrl + CALLBACK,
          scope: settings.scope,
          code_challenge: await client.calculatePKCECodeChallenge(verifier),
          code_challenge_method: 'S256',
          state: flow.state,
          nonce: flow.nonce,
        });
        return { url, flow };
      }),
    finish: (search, flow) =>
      withProvider(async (known) => {
        const claims = await askWho(known, new URL(CALLBACK + search, publicUrl), flow);
        const role = roleOf(claims, settings);
        const name = personName(claims);
        if (role === null) throw noRole(name, claims);
        return { name, role, via: 'oidc', provider: fingerprint, subject: claims.sub };
      }),
    logOutUrl: async () => {
      const known = await discovery.ask().catch(() => null);
      if (known?.config.serverMetadata().end_session_endpoint === undefined) return null;
      return known.client.buildEndSessionUrl(known.config).href;
    },
    close: () => told.close(),
  };

  async function askWho({ client, config }: Known, current: URL, flow: Flow): Promise<Who> {
    const tokens = await client.authorizationCodeGrant(config, current, {
      pkceCodeVerifier: flow.verifier,
      expectedState: flow.state,
      expectedNonce: flow.nonce,
      idTokenExpected: true,
    });
    const claims = tokens.claims();
    if (claims === undefined) throw new TypeError('no ID token was asked for');
    const isAll = valuesOf(claims, claim).length > 0 && hasName(claims);
    if (isAll || config.serverMetadata().userinfo_endpoint === undefined) return claims;
    // Many providers tell more only there.
    const more = await client.fetchUserInfo(config, tokens.access_token, claims.sub);
    return { ...more, ...claims };
  }

  function noRole(name: string, claims: Claims): HttpError {
    const count = valuesOf(claims, claim).length;
    const found = count === 0 ? 'It has none that counts.' : `It has ${count}.`;
    const sentence = `${host} knows you (${name}), but the claim ${claim} gives you no role here.`;
    return new HttpError(403, 'GITCRON_E_OIDC_ROLE', sentence, {
      hint: `No value of it is one of OIDC_ADMIN, OIDC_OPERATOR or OIDC_VIEWER. ${found} Ask who looks after Gitcron, or after your groups there.`,
    });
  }
}

interface Who extends Claims {
  readonly sub: string;
}
