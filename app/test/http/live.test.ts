import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventSourceParserStream } from 'eventsource-parser/stream';
import type { Response } from 'undici';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../record/test-database.ts';
import { bytesOf } from '../../src/cli/client/chunk-bytes.ts';
import { chunkView } from '../../src/api/output.ts';
import { runView, type RunView } from '../../src/api/run.ts';
import { bearer, openHouse, post, type House } from './house.ts';

const directory = mkdtempSync(join(tmpdir(), 'gitcron-live-'));

/** The scripts go on when a file appears, so that the test decides when. */
const WAIT = `while [ ! -e ${directory}/$GITCRON_RUN_ID ]; do sleep 0.05; done`;
const CRONTAB = `
# @name talker
@manual echo first; ${WAIT}; printf 'caf\\303\\251 \\377\\n' >&2; sleep 0.3; echo last
# @name flood
@manual ${WAIT}; head -c 3000000 /dev/zero | tr '\\0' x; echo; echo end
# @name many
@manual ${WAIT}; for i in 1 2 3; do echo line $i; sleep 0.2; done
`;

function letGo(runId: string): void {
  writeFileSync(join(directory, runId), '');
}

interface Event {
  readonly id: string | undefined;
  readonly event: string | undefined;
  readonly data: string;
}

let server: TestServer;
let house: House;
let token: string;
beforeAll(async () => {
  server = await startTestServer();
  house = await openHouse({ crontab: CRONTAB, databaseUrl: await server.createDatabase() });
  token = await house.token('admin');
});
afterAll(async () => {
  await house[Symbol.asyncDispose]();
  await server.stop();
  rmSync(directory, { recursive: true });
});

async function start(job: string): Promise<RunView> {
  const answer = await house.control(`/api/v1/jobs/${job}/runs`, post());
  return runView.parse(await answer.json());
}

function live(runId: string, headers: Record<string, string> = {}): Promise<Response> {
  const path = `/api/v1/runs/${runId}/output/live`;
  return house.ask(path, { headers: { ...bearer(token), ...headers } });
}

async function* eventsOf(answer: Response): AsyncGenerator<Event> {
  if (answer.body === null) return;
  const stream = answer.body
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(new EventSourceParserStream());
  for await (const { id, event, data } of stream) yield { id, event, data };
}

async function collect(answer: Response): Promise<Event[]> {
  const events: Event[] = [];
  for await (const event of eventsOf(answer)) events.push(event);
  return events;
}

function textOf(events: readonly Event[]): string {
  return Buffer.concat(outputs(events).map(bytesOf)).toString('latin1');
}

function outputs(events: readonly Event[]) {
  return events
    .filter(({ event }) => event === 'output')
    .map(({ data }) => chunkView.parse(JSON.parse(data)));
}

it('shows output as it comes, byte for byte, and then how it ended', async () => {
  const run = await start('talker');
  const seen: Event[] = [];
  for await (const event of eventsOf(await live(run.id))) {
    if (seen.length === 0) letGo(run.id);
    seen.push(event);
  }
  expect(textOf(seen)).toBe('first\ncaf\u00c3\u00a9 \u00ff\nlast\n');
  expect(outputs(seen).map(({ stream }) => stream)).toEqual(['stdout', 'stderr', 'stdout']);
  expect(seen.at(-1)).toMatchObject({ event: 'end', id: 'end' });
  expect(JSON.parse(seen.at(-1)?.data ?? '')).toMatchObject({ id: run.id, status: 'succeeded' });
});

it('resumes after the last event that was seen, and tells a browser when there is no more', async () => {
  const run = await start('talker');
  const first = await eventsOf(await live(run.id)).next();
  expect(first.value).toMatchObject({ event: 'output', id: '1' });
  letGo(run.id);
  const rest = await collect(await live(run.id, { 'last-event-id': '1' }));
  expect(textOf(rest)).toBe('caf\u00c3\u00a9 \u00ff\nlast\n');
  expect((await live(run.id, { 'last-event-id': 'end' })).status).toBe(204);
  // And of a run that is over, from the record.
  expect(textOf(await collect(await live(run.id)))).toBe('first\ncaf\u00c3\u00a9 \u00ff\nlast\n');
});

it('serves a thousand followers at once, each of them everything', async () => {
  const run = await start('many');
  const followers = await Promise.all(Array.from({ length: 1000 }, () => live(run.id)));
  expect(followers.every(({ status }) => status === 200)).toBe(true);
  const all = Promise.all(followers.map(collect));
  letGo(run.id);
  const wrong = (await all).filter(
    (events) => textOf(events) !== 'line 1\nline 2\nline 3\n' || events.at(-1)?.event !== 'end',
  );
  expect(wrong).toEqual([]);
}, 60_000);

it('holds nobody up for a follower that reads nothing, and keeps little for it', async () => {
  const run = await start('flood');
  const idle = await Promise.all(Array.from({ length: 50 }, () => deafFollower(run.id)));
  const before = process.memoryUsage().rss;
  const reader = live(run.id).then(collect);
  letGo(run.id);
  const events = await reader;
  expect(JSON.parse(events.at(-1)?.data ?? '')).toMatchObject({ status: 'succeeded' });
  expect(textOf(events).endsWith('end\n')).toBe(true);
  // 50 × 3 MB would be 150 MB.
  expect(process.memoryUsage().rss - before).toBeLessThan(120e6);
  for (const socket of idle) socket.destroy();
}, 60_000);

it('ends the streams when it stops', async () => {
  const run = await start('talker');
  const following = collect(await live(run.id));
  await house.restart();
  const events = await following;
  // Its grace is a second: the run was ended, and everybody saw it.
  expect(JSON.parse(events.at(-1)?.data ?? '')).toMatchObject({ id: run.id, status: 'canceled' });
});

async function deafFollower(runId: string): Promise<Socket> {
  const { hostname, port } = new URL(house.url);
  const socket = connect(Number(port), hostname);
  socket.write(
    `GET /api/v1/runs/${runId}/output/live HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n\r\n`,
  );
  await new Promise((resolve) => socket.once('readable', resolve));
  socket.on('error', () => {});
  return socket;
}
