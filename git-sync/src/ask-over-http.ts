import type { IncomingMessage } from 'node:http';
import type { ObjectFormat } from '@gitcron/base/full-hash';
import { lsRefsRequest, parseRefs } from './ls-refs.ts';
import { hasProxy } from './proxy-variables.ts';
import type { SyncSettings } from './settings.ts';
import { authorization, webClient, type WebClient } from './web-client.ts';

/**
 * Asks a Git server over HTTP what its refs point to.
 *
 * @returns their hashes by name, as `askRemote` does; null when git has to be asked instead: the
 *   server wants something that only git knows how to give, or has something to say that git explains.
 */
export type AskOverHttp = (
  refs: readonly string[],
  format: ObjectFormat,
  signal: AbortSignal,
) => Promise<Map<string, string> | null>;

/** After an answer that was of no use, git is asked for so long: nothing is asked twice each time. */
const REST_MS = 600_000;
/** At most; git has the patience of the settings. */
const PATIENCE_MS = 5_000;
/** Some hundred refs; more have the same beginning only where somebody means harm. */
const ANSWER_LIMIT = 64 * 1024;

/**
 * One request of Git's protocol version 2 (gitprotocol-http(5), gitprotocol-v2(5)), without the one
 * that asks what the server can do. `git ls-remote` starts a second program for it, at five times
 * the cost of all the rest of a look that finds nothing.
 *
 * @returns null where the remote is not one for this.
 */
export function createAskOverHttp(settings: SyncSettings): AskOverHttp | null {
  const { transport, url } = settings.remote;
  if (transport !== 'http' && transport !== 'https') return null;
  // A proxy is for git, which knows all kinds of them.
  if (url.includes('?') || hasProxy(process.env)) return null;
  const endpoint = new URL(`${url.replace(/\/+$/, '')}/git-upload-pack`);
  let client: WebClient | null = null;
  let restsUntil = 0;

  return async (refs, format, signal) => {
    if (performance.now() < restsUntil) return null;
    try {
      client ??= await webClient(settings);
      const headers = { ...HEADERS, ...authorization(settings) };
      const patienceMs = Math.min(PATIENCE_MS, settings.silenceMs);
      const answer = await post(client, endpoint, lsRefsRequest(refs, format), {
        headers,
        signal,
        patienceMs,
      });
      const found = answer && parseRefs(answer, refs);
      if (found && found.size > 0) return found;
    } catch {
      // Whatever it is: git meets it next, and explains it. The certificates are read anew.
      client = null;
    }
    if (!signal.aborted) restsUntil = performance.now() + REST_MS;
    return null;
  };
}

const HEADERS = {
  'Git-Protocol': 'version=2',
  'Content-Type': 'application/x-git-upload-pack-request',
  Accept: 'application/x-git-upload-pack-result',
  'User-Agent': 'git/gitcron',
  'Cache-Control': 'no-cache',
};

interface PostOptions {
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** For the whole answer. */
  readonly patienceMs: number;
}

/** @returns null for any other answer than the one that was asked for; redirections are for git. */
async function post(
  { agent, start }: WebClient,
  url: URL,
  body: Buffer,
  { headers, signal, patienceMs }: PostOptions,
): Promise<Buffer | null> {
  const request = start(url, { method: 'POST', agent, headers, signal });
  const patience = setTimeout(() => request.destroy(new Error('no answer in time')), patienceMs);
  try {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      request.once('response', resolve).on('error', reject);
      request.end(body);
    });
    const isAnswer =
      response.statusCode === 200 && response.headers['content-type'] === HEADERS.Accept;
    return isAnswer ? await readAll(response) : null;
  } finally {
    clearTimeout(patience);
    request.destroy();
  }
}

async function readAll(response: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > ANSWER_LIMIT) return null;
  }
  return Buffer.concat(chunks);
}
