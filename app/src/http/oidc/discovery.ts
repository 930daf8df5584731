import { readRegularFileSync } from '@gitcron/base/regular-file';
import { describeError, type CodedError } from '@gitcron/base/coded-error';
import type { Logger } from '@gitcron/base/log';
import type * as Client from 'openid-client';
import { HttpError } from '../problem.ts';
import { explain } from './explain.ts';

export interface ClientSettings {
  readonly issuer: string;
  readonly clientId: string;
  readonly secret: string | undefined;
  readonly secretFile: string | undefined;
}

/** What a provider says of itself changes seldom. */
const KNOWN_FOR_MS = 3_600_000;
/** One that is away is not asked at every click. */
const AWAY_FOR_MS = 3000;
const PATIENCE_SEC = 10;

export interface Known {
  readonly client: typeof Client;
  readonly config: Client.Configuration;
}

/** Asks the provider what it is, when somebody wants to log in and not before: jobs never wait for it. */
export interface Discovery {
  /** @throws CodedError GITCRON_E_OIDC_… */
  ask(): Promise<Known>;
  /** Why it could not be asked the last time; null when it could. */
  problem(): CodedError | null;
}

export function createDiscovery(
  settings: ClientSettings,
  { logger, now }: { readonly logger: Logger; readonly now: () => number },
): Discovery {
  const issuer = new URL(settings.issuer);
  let known: { readonly at: number; readonly value: Known } | null = null;
  let failed: { readonly at: number; readonly error: CodedError } | null = null;
  let asking: Promise<Known> | null = null;

  async function look(): Promise<Known> {
    const client = await import('openid-client');
    try {
      const value = { client, config: await discover(client) };
      if (failed !== null) logger.info(`The identity provider ${issuer.host} answers again.`);
      known = { at: now(), value };
      failed = null;
      return value;
    } catch (error) {
      const coded = explain(client, error, issuer.host);
      if (failed === null) logger.error(describeError(coded));
      failed = { at: now(), error: coded };
      // What it said before is better than nothing: its answers are still checked.
      if (known !== null) return known.value;
      throw coded;
    }
  }

  async function discover(client: typeof Client): Promise<Client.Configuration> {
    const config = await client.discovery(issuer, settings.clientId, {}, authenticate(client), {
      timeout: PATIENCE_SEC,
      execute: [
        // Signatures are checked, not only who sent them.
        client.enableNonRepudiationChecks,
        ...(issuer.protocol === 'http:' ? [client.allowInsecureRequests] : []),
      ],
    });
    return config;
  }

  /** As the provider takes it; what all take is the default of the standard. */
  function authenticate(client: typeof Client): Client.ClientAuth {
    return (server, metadata, body, headers) => {
      const ways = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
      const way = ways.includes('client_secret_basic')
        ? client.ClientSecretBasic(readSecret(settings))
        : client.ClientSecretPost(readSecret(settings));
      way(server, metadata, body, headers);
    };
  }

  return {
    async ask() {
      const at = now();
      if (known !== null && at - known.at < KNOWN_FOR_MS) return known.value;
      if (failed !== null && at - failed.at < AWAY_FOR_MS) {
        if (known !== null) return known.value;
        throw failed.error;
      }
      asking ??= look().finally(() => {
        asking = null;
      });
      return asking;
    },
    problem: () => failed?.error ?? null,
  };
}

function readSecret({ secret, secretFile }: ClientSettings): string {
  if (secretFile === undefined) return secret ?? '';
  try {
    const text = readRegularFileSync(secretFile).toString('utf8').trim();
    if (text === '') throw new Error('It is empty.');
    return text;
  } catch (cause) {
    const sentence = 'The file of OIDC_CLIENT_SECRET_FILE cannot be used.';
    throw new HttpError(503, 'GITCRON_E_OIDC_SECRET', sentence, {
      hint: 'The log says where it is and what is wrong. It is read at each log-in; the password works meanwhile.',
      cause,
    });
  }
}
