import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { onTestFinished } from 'vitest';
import { askBackend, readBody } from './git-http-backend.ts';
import { askLfs } from './lfs-backend.ts';
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
   * `hang`: accepts and never answers. `hang fetch`: only when a pack is asked for. `hang lfs`: only
   * when files of Git LFS are asked for.
   * `hang history`: only when many commits are asked for at once. `cut`: ends the connection in the
   * middle of a pack.
   */
  mode:
    | 'work'
    | 'hang'
    | 'hang fetch'
    | 'hang history'
    | 'hang lfs'
    | 'cut'
    | '503'
    | '403'
    | '503 fetch'
    | '503 lfs';
  /** Resolves when a request for which the mode is `hang…` has arrived. */
  hung(): Promise<void>;
  close(): Promise<void>;
  listenAgain(): Promise<void>;
}

/** Serves every repository below `root`. */
export async function startHttpGitServer(root: string): Promise<HttpGitServer> {
  let tellHung: (() => void) | undefined;
  const server = createServer((request, response) => {
    state.requests.push(`${request.method} ${request.url}`);
    state.authorizations.push(request.headers.authorization ?? '');
    if (state.mode === 'hang') return tellHung?.();
    if (state.mode === '503' || state.mode === '403') return refuse(response, Number(state.mode));
    if (state.password !== null && !isAuthorized(request, state.password)) {
      response.setHeader('www-authenticate', 'Basic realm="git"');
      return refuse(response, 401);
    }
    return void answer(request, response);
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

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request);
    if (request.url?.includes('/info/lfs/')) {
      if (state.mode === 'hang lfs') return tellHung?.();
      if (state.mode === '503 lfs') return refuse(response, 503);
      const { status, headers, content } = await askLfs(root, request, body);
      return void response.writeHead(status, headers).end(content);
    }
    // Protocol 2 asks for refs and for packs at the same address (gitprotocol-v2(5)).
    const fetching = isFetch(request) && body.includes('command=fetch');
    if (fetching && state.mode === '503 fetch') return refuse(response, 503);
    if (fetching && state.mode === 'hang fetch') return tellHung?.();
    const isHistory = fetching && body.includes('deepen 201');
    if (isHistory && state.mode === 'hang history') return tellHung?.();
    const { status, headers, content } = await askBackend(root, request, body);
    response.writeHead(status, headers);
    if (!fetching || state.mode !== 'cut') return void response.end(content);
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
