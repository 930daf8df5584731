/** Where an embedded server listens. */
export interface PostgresAddress {
  /** Of its Unix socket; only its own user gets in. */
  readonly socketDirectory: string;
  /** Of loopback, and of the socket's name. */
  readonly port: number;
}

export interface Login {
  readonly role: string;
  readonly password: string;
  readonly database: string;
}

/** Our own way in: no other user of the machine can stand in the server's place there. */
export function socketUrl({ socketDirectory, port }: PostgresAddress, login: Login): string {
  const url = new URL(`postgresql://localhost/${login.database}`);
  url.username = login.role;
  url.password = login.password;
  url.searchParams.set('host', socketDirectory);
  url.searchParams.set('port', String(port));
  return url.href;
}

/** What every client understands. */
export function tcpUrl({ port }: PostgresAddress, login: Login): string {
  return `postgresql://${login.role}:${login.password}@127.0.0.1:${port}/${login.database}`;
}
