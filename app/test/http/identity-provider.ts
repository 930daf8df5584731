import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { Provider } from 'oidc-provider';
import { fetch, type Response } from 'undici';

export const CLIENT = { id: 'gitcron', secret: 'the secret of the client' };

export type Person = Readonly<Record<string, unknown>>;

/** A real provider on loopback. It logs in whoever is named, without asking them. */
export interface TestProvider extends AsyncDisposable {
  readonly issuer: string;
  /** Who sits in front of the browser: one of the people, or null for somebody who cancels. */
  account: string | null;
  stop(): Promise<void>;
  start(): Promise<void>;
}

export function identityProvider(
  port: number,
  redirectUri: string,
  people: Readonly<Record<string, Person>>,
): TestProvider {
  const issuer = `http://127.0.0.1:${port}`;
  const provider = new Provider(issuer, {
    clients: [{ client_id: CLIENT.id, client_secret: CLIENT.secret, redirect_uris: [redirectUri] }],
    claims: {
      openid: ['sub'],
      profile: ['preferred_username', 'name', 'groups', 'realm'],
      email: ['email', 'email_verified'],
    },
    cookies: { keys: ['of tests'] },
    features: { devInteractions: { enabled: false } },
    findAccount: (_, accountId) => ({
      accountId,
      claims: () => ({ ...people[accountId], sub: accountId }),
    }),
    interactions: { url: (_, { uid }) => `/interact/${uid}` },
    async loadExistingGrant(context) {
      const { client, session, provider: itself } = context.oidc;
      // Another grant would make the codes of a log-in that is under way worthless.
      const id = session?.grantIdFor(client?.clientId ?? '');
      const before = id === undefined ? undefined : await itself.Grant.find(id);
      if (before !== undefined) return before;
      const grant = new itself.Grant({
        clientId: client?.clientId ?? '',
        accountId: session?.accountId ?? '',
      });
      grant.addOIDCScope('openid profile email');
      await grant.save();
      return grant;
    },
  });
  const answer = provider.callback();
  let server: Server | null = null;
  const self: TestProvider = {
    issuer,
    account: null,
    async start() {
      server = createServer((request, response) => {
        if (!request.url?.startsWith('/interact/')) {
          void answer(request, response);
          return;
        }
        const result =
          self.account === null
            ? { error: 'access_denied', error_description: 'canceled' }
            : { login: { accountId: self.account } };
        void provider.interactionFinished(request, response, result);
      });
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
    },
    async stop() {
      server?.closeAllConnections();
      server?.close();
      if (server?.listening === true) await once(server, 'close');
    },
    [Symbol.asyncDispose]: () => self.stop(),
  };
  return self;
}

/** A browser: keeps cookies by host, follows links. */
export class Browser {
  readonly #cookies = new Map<string, Map<string, string>>();

  /** @returns the answer, and where it leads. */
  async step(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
    const { host } = new URL(url);
    const jar = this.#cookies.get(host) ?? new Map<string, string>();
    this.#cookies.set(host, jar);
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await fetch(url, {
      redirect: 'manual',
      headers: { ...headers, ...(cookie === '' ? {} : { cookie }) },
    });
    for (const line of answer.headers.getSetCookie()) {
      const [pair = ''] = line.split(';', 1);
      const at = pair.indexOf('=');
      const [name, value] = [pair.slice(0, at), pair.slice(at + 1)];
      if (value === '' || /expires=Thu, 01 Jan 1970/i.test(line)) jar.delete(name);
      else jar.set(name, value);
    }
    return answer;
  }

  /**
   * Follows where it is led.
   * @param until stops ahead of an address that begins so
   */
  async go(url: string, until = ''): Promise<{ url: string; answer: Response }> {
    let at = url;
    for (let steps = 0; steps < 12; steps += 1) {
      const answer = await this.step(at);
      const location = answer.headers.get('location');
      if (location === null) return { url: at, answer };
      at = new URL(location, at).href;
      if (until !== '' && at.startsWith(until)) return { url: at, answer };
    }
    throw new Error(`${url} leads nowhere`);
  }

  /** As a header has them. */
  cookiesOf(url: string): string {
    const jar = this.#cookies.get(new URL(url).host) ?? new Map<string, string>();
    return [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
  }
}
