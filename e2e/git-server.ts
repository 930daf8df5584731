import { spawn } from 'node:child_process';
import { timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { execa } from 'execa';

export interface Login {
  readonly username: string;
  readonly password: string;
}

/**
 * A real git server over HTTP with a password: `git http-backend`, as git-http-backend(1) tells a
 * web server to run it. Listens where containers reach this machine, and nowhere else.
 */
export class GitServer {
  readonly #server: Server;
  readonly #login: Login;
  readonly port: number;

  private constructor(server: Server, port: number, login: Login) {
    this.#server = server;
    this.port = port;
    this.#login = login;
  }

  /** Serves the bare repositories below `directory`. */
  static async start(directory: string, login: Login): Promise<GitServer> {
    const server = createServer((request, response) => {
      if (!isAllowed(request, login)) {
        response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end();
        return;
      }
      runBackend(directory, request, response);
    });
    const host = await bridgeAddress();
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(0, host, resolve);
    });
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port was bound');
    return new GitServer(server, address.port, login);
  }

  /** The address of a repository as a container sees it. */
  url(repository: string): string {
    return `http://host.docker.internal:${this.port}/${repository}`;
  }

  /** The settings of git-sync for a repository of this server. */
  settings(repository: string): Record<string, string> {
    return {
      GIT_SYNC_REPO: this.url(repository),
      GIT_SYNC_USERNAME: this.#login.username,
      GIT_SYNC_PASSWORD: this.#login.password,
    };
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => {
      this.#server.close(resolve);
    });
  }
}

/** The address of this machine on Docker's default network: what `host-gateway` stands for. */
export async function bridgeAddress(): Promise<string> {
  const format = '{{(index .IPAM.Config 0).Gateway}}';
  const { stdout } = await execa('docker', ['network', 'inspect', 'bridge', '--format', format]);
  return stdout;
}

function isAllowed(request: IncomingMessage, { username, password }: Login): boolean {
  const wanted = Buffer.from(`Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`);
  const given = Buffer.from(request.headers.authorization ?? '');
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

function runBackend(directory: string, request: IncomingMessage, response: ServerResponse): void {
  const { pathname, search } = new URL(request.url ?? '/', 'http://localhost');
  const backend = spawn('git', ['http-backend'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: {
      PATH: process.env['PATH'],
      GIT_PROJECT_ROOT: directory,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: decodeURIComponent(pathname),
      QUERY_STRING: search.slice(1),
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers['content-type'],
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'],
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
    },
  });
  request.pipe(backend.stdin);
  let head = Buffer.alloc(0);
  backend.stdout.on('data', (chunk: Buffer) => {
    if (response.headersSent) {
      response.write(chunk);
      return;
    }
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\r\n\r\n');
    if (end === -1) return;
    const headers = head.subarray(0, end).toString('latin1').split('\r\n').map(parseHeader);
    const status = headers.find(([name]) => name === 'Status')?.[1] ?? '200';
    response.writeHead(Number.parseInt(status, 10), headers.flat());
    response.write(head.subarray(end + 4));
  });
  backend.stdout.on('end', () => response.end());
}

function parseHeader(line: string): [string, string] {
  const colon = line.indexOf(':');
  return [line.slice(0, colon), line.slice(colon + 1).trim()];
}
