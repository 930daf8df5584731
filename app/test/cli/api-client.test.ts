import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { describeError } from '@gitcron/base/coded-error';
import { connectToSupervisor } from '../../src/cli/client/api-client.ts';
import { listenOnLoopback } from '../../../git-sync/test/support/loopback.ts';

/** Asks somebody who answers in this way; null is an answer without content. */
async function ask(answer: RequestListener, method: 'GET' | 'POST' = 'GET'): Promise<unknown> {
  const server = createServer(answer);
  const port = await listenOnLoopback(server);
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  const client = await connectToSupervisor({ GITCRON_URL: `http://127.0.0.1:${port}/cron/` });
  return client.ask('/api/v1/status', z.null(), { method });
}

it('asks below the address that GITCRON_URL names, and understands an answer without content', async () => {
  const asked: string[] = [];
  const none: RequestListener = ({ method, url, headers }, response) => {
    asked.push(`${method} ${url} ${headers['content-length']}`);
    response.writeHead(204).end();
  };
  expect(await ask(none)).toBe(null);
  expect(await ask(none, 'POST')).toBe(null);
  expect(asked).toEqual(['GET /cron/api/v1/status undefined', 'POST /cron/api/v1/status 0']);
});

it.each<[string, RequestListener, RegExp]>([
  [
    'sends on to another place',
    (_request, response) => response.writeHead(301, { location: 'https://there.example/' }).end(),
    /The answer was 301.*GITCRON_E_ANSWER.*It sends on to https:\/\/there\.example\/:/s,
  ],
  [
    'shows a page of its own',
    (_request, response) => response.writeHead(502).end('<html>Bad Gateway'),
    /The answer was 502.*GITCRON_E_ANSWER.*A proxy in front of it/s,
  ],
  [
    'shows a page as if it were the answer',
    (_request, response) => response.end('<html>Log in'),
    /answered in a way not known here.*GITCRON_E_ANSWER/s,
  ],
  [
    'breaks off',
    ({ socket }, response) => {
      response.writeHead(200, { 'content-length': '9' });
      response.write('{', () => socket.destroy());
    },
    /No supervisor answers.*GITCRON_E_NO_SUPERVISOR.*aborted/s,
  ],
  [
    'hangs up',
    ({ socket }) => void socket.destroy(),
    /No supervisor answers.*GITCRON_E_NO_SUPERVISOR.*socket hang up/s,
  ],
])('says what is wrong when whoever answers %s', async (_what, answer, told) => {
  const error: unknown = await ask(answer).catch((thrown: unknown) => thrown);
  expect(describeError(error)).toMatch(told);
});
