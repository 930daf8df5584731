import { Client, type ClientConfig } from 'pg';
import { parseIntoClientConfig } from 'pg-connection-string';
import { CodedError } from '@gitcron/base/coded-error';

/** The ways to log in that show a server the password, or what it can be found from. */
type Disclosure = 'password' | 'md5';

/**
 * Nothing that somebody else made is found by its bare name: not a function or operator in `public`,
 * and not what a role's or a database's own settings would put on the path.
 */
const SEARCH_PATH = 'pg_catalog';

export type DatabaseConfig = ClientConfig & { readonly require_auth?: string };

/**
 * How we log in where this URL leads, and with which settings of the session.
 * @param parameters stand above those of the URL.
 */
export function databaseConfig(
  databaseUrl: string,
  parameters: Readonly<Record<string, string>> = {},
): DatabaseConfig {
  const config: DatabaseConfig = parseIntoClientConfig(databaseUrl);
  const ours = Object.entries({ ...parameters, search_path: SEARCH_PATH });
  const options = [config.options, ...ours.map(([name, value]) => `-c ${name}=${value}`)];
  return { ...config, options: options.filter(Boolean).join(' ') };
}

/** Says the same again: a pooler may leave out what a connection is begun with. */
export async function shieldSession(client: Pick<Client, 'query'>): Promise<void> {
  await client.query(`SET search_path = ${SEARCH_PATH}`);
}

/**
 * A connection that never shows a password to whoever answers in the server's place. SCRAM proves
 * that both know it, and tells nothing; other ways need the URL's word, as in libpq: `require_auth`.
 */
export class DatabaseClient extends Client {
  constructor(config: DatabaseConfig = {}) {
    super(config);
    const accepted = (config.require_auth ?? '').split(',');
    const refuse = (method: Disclosure) => () => {
      if (accepted.includes(method)) return;
      // What pg asks for the password now, and gives to the caller of connect().
      Object.defineProperty(this, 'password', {
        value: () => {
          throw refused(method, `${this.host}:${this.port}`);
        },
      });
    };
    // Ahead of the driver's own, which come with connect().
    this.connection.on('authenticationCleartextPassword', refuse('password'));
    this.connection.on('authenticationMD5Password', refuse('md5'));
  }
}

function refused(method: Disclosure, place: string): CodedError {
  const form = method === 'md5' ? 'as an MD5 hash' : 'in clear text';
  return new CodedError(
    'GITCRON_E_DATABASE_PASSWORD',
    `What answers in the database's place wants the password ${form}, and does not get it.`,
    {
      place,
      hint: `Find out who listens there. If it is your own server, have it ask by scram-sha-256 (pg_hba.conf, password_encryption), or allow this: add require_auth=${method} to the parameters of the URL.`,
    },
  );
}
