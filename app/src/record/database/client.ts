import { Client, type ClientConfig } from 'pg';
import { parseIntoClientConfig } from 'pg-connection-string';
import { CodedError } from '@gitcron/base/coded-error';

/** The ways to log in that show a server the password, or what it can be found from, as it asks for them. */
const DISCLOSING = {
  authenticationCleartextPassword: 'password',
  authenticationMD5Password: 'md5',
} as const;
type Disclosure = (typeof DISCLOSING)[keyof typeof DISCLOSING];

/**
 * Nothing that somebody else made is found by its bare name: not a function or operator in `public`,
 * and not what a role's or a database's own settings would put on the path.
 */
const SEARCH_PATH = 'pg_catalog';

export type DatabaseConfig = ClientConfig & { readonly require_auth?: string };

/**
 * How we log in where this URL leads, and with which settings of the session.
 * @param parameters stand above those of the URL.
 * @throws CodedError GITCRON_E_DATABASE_URL: it can never be used; GITCRON_E_DATABASE_FILE: it names a file
 *   that cannot be read now.
 */
export function databaseConfig(
  databaseUrl: string,
  parameters: Readonly<Record<string, string>> = {},
): DatabaseConfig {
  const config: DatabaseConfig = readUrl(databaseUrl);
  const ours = Object.entries({ ...parameters, search_path: SEARCH_PATH });
  const options = [config.options, ...ours.map(([name, value]) => `-c ${name}=${value}`)];
  return { ...config, options: options.filter(Boolean).join(' ') };
}

function readUrl(databaseUrl: string): DatabaseConfig {
  try {
    return parseIntoClientConfig(databaseUrl);
  } catch (cause) {
    // Without what it says: an error of the URL's parser repeats the password.
    const file = cause instanceof Error && 'path' in cause ? String(cause.path) : null;
    throw file === null ? unusable() : unreadable(file);
  }
}

function unusable(): CodedError {
  return new CodedError('GITCRON_E_DATABASE_URL', 'The URL of a database cannot be used.', {
    place: 'GITCRON_DATABASE_URL',
    hint: 'Write it as postgres://USER:PASSWORD@HOST/DATABASE, with one host, and what is special in the password as %XX.',
  });
}

function unreadable(file: string): CodedError {
  const sentence = `The URL of a database names the file ${file}, which cannot be read.`;
  return new CodedError('GITCRON_E_DATABASE_FILE', sentence, {
    place: 'GITCRON_DATABASE_URL',
    hint: 'Mend the path (sslrootcert, sslcert, sslkey) or the file’s rights. Jobs run, and it is tried again by itself.',
  });
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
    const accepted = config.require_auth?.split(',') ?? ['scram-sha-256', 'none'];
    let isDone = accepted.includes('none');
    // Ahead of the driver's own listeners, which come with connect().
    for (const [event, method] of Object.entries(DISCLOSING)) {
      this.connection.on(event, () => {
        isDone = accepted.includes(method);
        if (!isDone) this.#withhold(refused(method, this.#place()));
      });
    }
    // From its beginning to its end, which is the server's own proof.
    this.connection.on('authenticationSASL', () => (isDone = false));
    this.connection.on('authenticationSASLFinal', () => (isDone = true));
    this.connection.on('authenticationOk', () => {
      if (isDone) return;
      this.connection.emit('error', unproven(this.#place()));
      this.connection.stream.destroy();
    });
  }

  /** What pg asks for the password then, and gives to the caller of connect(). */
  #withhold(error: CodedError): void {
    Object.defineProperty(this, 'password', {
      value: () => {
        throw error;
      },
    });
  }

  #place(): string {
    return `${this.host}:${this.port}`;
  }
}

function unproven(place: string): CodedError {
  return new CodedError(
    'GITCRON_E_DATABASE_PASSWORD',
    'What answers in the database’s place lets us in without a proof that it knows our password.',
    {
      place,
      hint: 'Find out who listens there. If it is your own server, which asks for no password: add require_auth=none to the parameters of the URL.',
    },
  );
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
