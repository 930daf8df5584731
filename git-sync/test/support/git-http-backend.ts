import { spawn } from 'node:child_process';
import type { IncomingMessage, RequestListener } from 'node:http';

export interface BackendAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly content: Buffer;
}

/** Serves every repository below `root` to everybody. */
export function serveRepositories(root: string): RequestListener {
  return (request, response) => {
    void readBody(request)
      .then((body) => askBackend(root, request, body))
      .then(({ status, headers, content }) => response.writeHead(status, headers).end(content));
  };
}

/** Answers for every repository below `root` by git-http-backend(1), git's own CGI program. */
export async function askBackend(
  root: string,
  request: IncomingMessage,
  body: Buffer,
): Promise<BackendAnswer> {
  const [path = '', query = ''] = (request.url ?? '').split('?');
  const backend = spawn('git', ['http-backend'], {
    env: {
      PATH: process.env['PATH'],
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'safe.directory',
      GIT_CONFIG_VALUE_0: '*',
      GIT_PROJECT_ROOT: root,
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
  // It may answer without having read everything.
  backend.stdin.on('error', () => {});
  backend.stdin.end(body);
  const output = Buffer.concat(await backend.stdout.toArray());
  const end = output.indexOf('\r\n\r\n');
  const headers = Object.fromEntries(
    output
      .toString('latin1', 0, end)
      .split('\r\n')
      .map((line) => line.split(': '))
      .map(([name = '', value = '']) => [name, value]),
  );
  const { Status = '200', ...rest } = headers;
  return { status: Number.parseInt(Status, 10), headers: rest, content: output.subarray(end + 4) };
}

export async function readBody(request: IncomingMessage): Promise<Buffer> {
  return Buffer.concat(await request.toArray());
}
