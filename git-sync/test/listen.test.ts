import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { listen } from '../src/http/listen.ts';
import { freePort } from './support/loopback.ts';

test('silent sockets keep nobody out: the longest silent makes room', async () => {
  const port = await freePort();
  const server = await listen('PORT', { port, host: '127.0.0.1' }, (_, answer) => {
    answer.end('answered');
  });
  const strangers: Socket[] = [];
  onTestFinished(() => {
    for (const socket of strangers) socket.destroy();
    server.closeAllConnections();
    server.close();
  });
  for (let count = 0; count < 150; count += 1) {
    const socket = connect(port, '127.0.0.1').on('error', () => {});
    strangers.push(socket);
    await once(socket, 'connect');
  }
  const answer = await fetch(`http://127.0.0.1:${port}/`);
  expect(await answer.text()).toBe('answered');
  const [first] = strangers;
  if (first !== undefined && !first.closed) await once(first.resume(), 'close');
  expect(first?.closed).toBe(true);
  expect(strangers.at(-1)?.closed).toBe(false);
});
