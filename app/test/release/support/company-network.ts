import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { execa } from 'execa';
import { onTestFinished } from 'vitest';
import { portOf } from './port-of.ts';
import { temporaryDirectory } from '../../../../base/test/temporary-directory.ts';

/** A name that no resolver knows: who gets there went through the proxy. */
export const HOST = 'packages.company.test';

/** What a user name and password have to be encoded for in a URL. */
const USER = 'ann';
export const PASSWORD = 'pa/ss@w:rd-of-the-proxy';

export interface CompanyNetwork {
  /** With user name and password. */
  readonly proxyUrl: string;
  /** The certificate of the authority, PEM. */
  readonly authority: string;
  /** Every `host:port` that the proxy was asked for, by somebody with the password. */
  readonly tunnels: readonly string[];
  /** How often somebody came without it, or with another one. */
  refusals: number;
}

/** A proxy with a password, and behind it a server over TLS whose authority nobody else knows. */
export async function startCompanyNetwork(backendPort: number): Promise<CompanyNetwork> {
  const directory = await temporaryDirectory();
  await makeCertificates(directory);
  const [key, cert] = await Promise.all([
    readFile(join(directory, 'host.key')),
    readFile(join(directory, 'host.pem')),
  ]);
  const tlsPort = await listening(
    createTlsServer({ key, cert }, (socket) =>
      joinSockets(socket, connect(backendPort, '127.0.0.1')),
    ),
  );
  const tunnels: string[] = [];
  const expected = `Basic ${Buffer.from(`${USER}:${PASSWORD}`).toString('base64')}`;
  const proxy = createServer((_request, response) => response.writeHead(400).end());
  proxy.on('connect', (request: IncomingMessage, client: Socket, head: Buffer) => {
    if (request.headers['proxy-authorization'] !== expected) {
      network.refusals += 1;
      client.end('HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n');
      return;
    }
    tunnels.push(request.url ?? '');
    client.write('HTTP/1.1 200 Connection established\r\n\r\n');
    const server = connect(tlsPort, '127.0.0.1');
    server.write(head);
    joinSockets(client, server);
  });
  const password = encodeURIComponent(PASSWORD);
  const network = {
    proxyUrl: `http://${USER}:${password}@127.0.0.1:${await listening(proxy)}`,
    authority: join(directory, 'authority.pem'),
    tunnels,
    refusals: 0,
  };
  return network;
}

function joinSockets(one: Socket, other: Socket): void {
  one.on('error', () => other.destroy());
  other.on('error', () => one.destroy());
  one.pipe(other).pipe(one);
}

type Server = ReturnType<typeof createTlsServer> | ReturnType<typeof createServer>;

async function listening(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket.on('close', () => sockets.delete(socket)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return portOf(server);
}

async function makeCertificates(directory: string): Promise<void> {
  const openssl = (...args: string[]) => execa('openssl', args, { cwd: directory });
  const making = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2'];
  await openssl(
    ...making,
    ...['-subj', '/CN=The company', '-keyout', 'authority.key', '-out', 'authority.pem'],
  );
  await openssl(
    ...making,
    ...['-subj', `/CN=${HOST}`, '-addext', `subjectAltName=DNS:${HOST}`],
    ...['-addext', 'basicConstraints=critical,CA:FALSE'],
    ...['-CA', 'authority.pem', '-CAkey', 'authority.key'],
    ...['-keyout', 'host.key', '-out', 'host.pem'],
  );
}
