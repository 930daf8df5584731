import { databaseConfig } from '../database/client.ts';

/** What a URL of a database says. */
export interface Login {
  readonly role: string;
  readonly password: string;
  readonly database: string;
}

export function loginOf(url: string): Login {
  const { user = '', password, database } = databaseConfig(url);
  return {
    role: user,
    password: typeof password === 'string' ? password : '',
    database: database ?? user,
  };
}

export function withDatabase(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${encodeURIComponent(database)}`;
  return changed.href;
}

/** Both lead to one server, as far as their addresses tell; a socket is that of this machine. */
export function isSameServer(one: string, other: string): boolean {
  const [a, b] = [one, other].map((url) => {
    const { host = '', port } = databaseConfig(url);
    const isHere = host === '' || host.startsWith('/') || /^(localhost|127\..*|::1)$/.test(host);
    return { host: isHere ? '' : host, port: port ?? 5432 };
  });
  return a?.host === b?.host && a?.port === b?.port;
}
