import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { onTestFinished } from 'vitest';
import { listenOnLoopback } from './loopback.ts';

/** How the server behaves; a test changes it while it runs. */
export interface HttpGitServer {
  readonly origin: string;
  /** Requests so far, as `GET /repo/info/refs`. */
  readonly requests: string[];
  /** Authorization headers seen so far, by the header's text; empty for none. */
  readonly authorizations: string[];
  password: string | null;
  /**
   * `hang`: accepts and never answers. `hang fetch`: only when a pack is asked for.
   * `cut`: ends the connection in the middle of a pack.
   */
  mode: 'work' | 'hang' | 'hang fetch' | 'cut' | '503' | '503 fetch';
  /** Resolves when a request for which the mode is `hang…` has arrived. */
  hung(): Promise<void>;
  close(): Promise<void>;
  listenAgain(): Promise<void>;
}

/** Serves every repository below `root` by git-http-backend(1), git's own CGI program. */
export async function startHttpGitServer(root: string): Promise<HttpGitServer> {
  let tellHung: (() => void) | undefined;
  const server = createServer((request, response) => {
    state.requests.push(`${request.method} ${request.url}`);
    state.authorizations.push(request.headers.authorization ?? '');
    const packAsked = request.method === 'POST' && isFetch(request);
    if (state.mode === 'hang') return tellHung?.();
    if (state.mode === '503') return refuse(response, 503);
    if (state.password !== null && !isAuthorized(request, state.password)) {
      response.setHeader('www-authenticate', 'Basic realm="git"');
      return refuse(response, 401);
    }
    return void runBackend(root, request, response, async (body) => {
      // Protocol 2 asks for refs and for packs at the same address (gitprotocol-v2(5)).
      if (!packAsked || !body.includes('command=fetch')) return false;
      if (state.mode === '503 fetch') refuse(response, 503);
      else if (state.mode === 'hang fetch') tellHung?.();
      else return false;
      return true;
    });
  });
  const state: HttpGitServer = {
    origin: '',
    requests: [],
    authorizations: [],
    password: null,
    mode: 'work',
    hung: () =>
      new Promise((resolve) => {
        tellHung = resolve;
      }),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
    listenAgain: async () => {
      await listenOnLoopback(server, port);
    },
  };
  const port = await listenOnLoopback(server);
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return Object.assign(state, { origin: `http://127.0.0.1:${port}` });

  async function runBackend(
    projectRoot: string,
    request: IncomingMessage,
    response: ServerResponse,
    intercept: (body: Buffer) => Promise<boolean>,
  ): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    if (await intercept(body)) return;
    const cut = state.mode === 'cut' && body.includes('command=fetch');
    const [path = '', query = ''] = (request.url ?? '').split('?');
    const backend = spawn('git', ['http-backend'], {
      env: {
        PATH: process.env['PATH'],
        GIT_CONFIG_COUNT: '1',
        GIT_CONFIG_KEY_0: 'safe.directory',
        GIT_CONFIG_VALUE_0: '*',
        GIT_PROJECT_ROOT: projectRoot,
        GIT_HTTP_EXPORT_ALL: '1',
        REQUEST_METHOD: request.method,
        PATH_INFO: path,
        QUERY_STRING: query,
        CONTENT_TYPE: request.headers['content-type'] ?? '',
        CONTENT_LENGTH: String(body.length),
        GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
        HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
        REMOTE_USER: 'tester',
        REMOTE_ADDR: '127.0.0.1',
      },
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    backend.stdin.on('error', () => {});
    backend.stdin.end(body);
    const output = Buffer.concat(await backend.stdout.toArray());
    const end = output.indexOf('\r\n\r\n');
    let status = 200;
    for (const line of output.toString('latin1', 0, end).split('\r\n')) {
      const [name = '', value = ''] = line.split(': ');
      if (name === 'Status') status = Number.parseInt(value, 10);
      else response.setHeader(name, value);
    }
    const content = output.subarray(end + 4);
    response.writeHead(status);
    if (!cut) return void response.end(content);
    response.write(content.subarray(0, content.length / 2), () => request.socket.destroy());
  }
}

function isFetch(request: IncomingMessage): boolean {
  return request.url?.endsWith('/git-upload-pack') ?? false;
}

function refuse(response: ServerResponse, status: number): void {
  response.writeHead(status).end();
}

function isAuthorized(request: IncomingMessage, password: string): boolean {
  const [, encoded = ''] = (request.headers.authorization ?? '').split(' ');
  return Buffer.from(encoded, 'base64').toString('utf8').split(':')[1] === password;
}
