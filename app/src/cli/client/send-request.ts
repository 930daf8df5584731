import { request, type IncomingMessage } from 'node:http';

export interface HttpRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  /** The socket that is asked in the place of the address's host. */
  readonly socketPath: string | null;
  readonly signal: AbortSignal | undefined;
}

/**
 * Sends one request over a connection of its own. Answers may take as long as a run does: nothing here
 * has a limit, and no redirection is followed. A command is over before `fetch` and its like are loaded.
 *
 * @returns the answer as soon as it begins; whoever does not read it keeps the process alive.
 */
export async function sendRequest(url: URL, options: HttpRequest): Promise<IncomingMessage> {
  const { method, headers, body, socketPath, signal } = options;
  // What TLS needs is loaded when it is needed.
  const start = url.protocol === 'https:' ? (await import('node:https')).request : request;
  const sent = start(url, {
    method,
    headers,
    agent: false,
    ...(socketPath === null ? {} : { socketPath }),
    ...(signal === undefined ? {} : { signal }),
  });
  const begun = new Promise<IncomingMessage>((resolve, reject) => {
    // Of what breaks behind its beginning, the answer itself tells.
    sent.on('error', reject).once('response', resolve);
  });
  sent.end(body ?? undefined);
  return begun;
}
