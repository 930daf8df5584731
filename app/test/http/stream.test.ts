import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventSourceParserStream } from 'eventsource-parser/stream';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { chunkView } from '../../src/api/output.ts';
import { runView } from '../../src/api/run.ts';
import { houseEvents } from '../../src/api/stream.ts';
import { startTestServer, type TestServer } from '../record/test-database.ts';
import { bearer, openHouse, post, type House } from './house.ts';
import { until } from '../../../base/test/until.ts';

const directory = mkdtempSync(join(tmpdir(), 'gitcron-stream-'));
const CRONTAB = `
# @name quick
@manual echo done
# @name fails
@manual echo no >&2; exit 3
# @name waits
@manual echo first; while [ ! -e ${directory}/go ]; do sleep 0.05; done; echo last
# @name many
# @overlap allow
@manual true
`;

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

interface Seen {
  readonly id: string;
  readonly name: string;
  readonly data: unknown;
}

/** Somebody who looks on, and what they have seen. */
class Onlooker implements AsyncDisposable {
  readonly seen: Seen[] = [];
  readonly #leave = new AbortController();
  #reading: Promise<void> = Promise.resolve();

  static async open(query = '', lastId?: string): Promise<Onlooker> {
    const onlooker = new Onlooker();
    const answer = await house.ask(`/api/v1/stream${query}`, {
      headers: { ...bearer(token), ...(lastId === undefined ? {} : { 'last-event-id': lastId }) },
      signal: onlooker.#leave.signal,
    });
    if (answer.status !== 200) throw new Error(await answer.text());
    onlooker.#reading = onlooker.#read(answer.body);
    return onlooker;
  }

  async #read(body: Awaited<ReturnType<House['ask']>>['body']): Promise<void> {
    const events = body
      ?.pipeThrough(new TextDecoderStream())
      .pipeThrough(new EventSourceParserStream());
    for await (const { id = '', event = '', data } of events ?? []) {
      this.seen.push({ id, name: event, data: JSON.parse(data) });
    }
  }

  of(name: string): unknown[] {
    return this.seen.filter((one) => one.name === name).map(({ data }) => data);
  }

  runs(job: string) {
    return this.of('run')
      .map((data) => houseEvents.run.parse(data))
      .filter((one) => one.job === job);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#leave.abort();
    await this.#reading.catch(() => {});
  }
}

async function run(job: string): Promise<string> {
  const answer = await house.control(`/scripts/${job}?wait=20`, post());
  return runView.parse(await answer.json()).id;
}

it('begins with reset, then tells of runs, jobs and what needs somebody', async () => {
  await using onlooker = await Onlooker.open();
  await until(() => onlooker.seen.length > 0, 'the first event');
  expect(onlooker.seen[0]).toMatchObject({ name: 'reset' });
  const id = await run('fails');
  await until(() => onlooker.runs('fails').at(-1)?.status === 'failed', 'the end of the run');
  expect(onlooker.runs('fails').at(-1)).toMatchObject({ id, errorLine: 'no', exitCode: 3 });
  await until(() => JSON.stringify(onlooker.of('needs')).includes('"job":"fails"'), 'the need');
  await house.control('/api/v1/jobs/fails/acknowledge', post());
  await until(() => onlooker.of('job').length > 0, 'the acknowledgement');
  expect(onlooker.of('job')).toEqual([{ slug: 'fails' }]);
  const noMore = (): boolean =>
    !JSON.stringify(onlooker.of('needs').at(-1)).includes('"job":"fails"');
  await until(noMore, 'that it needs nobody any more');
});

it('tells who comes back what they missed, once and in order', async () => {
  const before = await Onlooker.open();
  await run('quick');
  await until(() => before.runs('quick').at(-1)?.status === 'succeeded', 'a run');
  await before[Symbol.asyncDispose]();
  const missed = await run('quick');
  await using again = await Onlooker.open('', before.seen.at(-1)?.id);
  await until(() => again.runs('quick').at(-1)?.status === 'succeeded', 'what was missed');
  expect(again.of('reset')).toEqual([]);
  expect(new Set(again.runs('quick').map(({ id }) => id))).toEqual(new Set([missed]));
});

it('tells who comes back after a restart, or with a place of nowhere, to read anew', async () => {
  const before = await Onlooker.open();
  await run('quick');
  await until(() => before.runs('quick').length > 0, 'a run');
  await before[Symbol.asyncDispose]();
  await house.restart();
  for (const place of [before.seen.at(-1)?.id, 'nonsense', '0.0', '']) {
    await using again = await Onlooker.open('', place);
    await until(() => again.seen.length > 0, 'the first event');
    expect(again.seen[0]?.name).toBe('reset');
  }
});

it('carries the output of a run, and goes on with it where it was', async () => {
  const answer = await house.control('/api/v1/jobs/waits/runs', post());
  const { id } = runView.parse(await answer.json());
  const first = await Onlooker.open(`?follow=${id}`);
  await until(() => first.of('output').length > 0, 'its first line');
  expect(chunkView.parse(first.of('output')[0])).toMatchObject({ text: 'first\n' });
  await first[Symbol.asyncDispose]();
  writeFileSync(join(directory, 'go'), '');
  await using second = await Onlooker.open(`?follow=${id}`, first.seen.at(-1)?.id);
  await until(() => second.of('end').length > 0, 'its end');
  expect(second.of('output').map((one) => chunkView.parse(one).text)).toEqual(['last\n']);
  expect(second.of('end').map((one) => runView.parse(one).id)).toEqual([id]);
  await using third = await Onlooker.open(`?follow=${id}`, second.seen.at(-1)?.id);
  await run('quick');
  await until(() => third.runs('quick').at(-1)?.status === 'succeeded', 'news behind the end');
  expect([...third.of('output'), ...third.of('end')]).toEqual([]);
});

it('tells how each run of a crowd ended, beside somebody who reads nothing', async () => {
  const { port, host } = new URL(house.url);
  const socket = connect(Number(port), '127.0.0.1');
  socket.write(
    `GET /api/v1/stream HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${token}\r\n\r\n`,
  );
  await once(socket, 'data');
  socket.pause();
  await using onlooker = await Onlooker.open();
  const started = await Promise.all(Array.from({ length: 30 }, () => run('many')));
  const ended = (): Set<string> =>
    new Set(onlooker.runs('many').flatMap(({ status, id }) => (status === 'succeeded' ? id : [])));
  await until(() => ended().size === started.length, 'the end of each');
  expect(ended()).toEqual(new Set(started));
  socket.destroy();
});

it('ends when its token does', async () => {
  const name = 'short-lived';
  const made = await house.control('/api/v1/tokens', post({ name, scopes: ['read'] }));
  const { secret } = z.object({ secret: z.string() }).parse(await made.json());
  const answer = await house.ask('/api/v1/stream', { headers: bearer(secret) });
  expect(answer.status).toBe(200);
  const read = answer.text().then(
    () => 'ended',
    () => 'cut',
  );
  await house.control(`/api/v1/tokens/${name}`, { method: 'DELETE' });
  expect(await read).toBe('cut');
  expect((await house.ask('/api/v1/stream', { headers: bearer(secret) })).status).toBe(401);
});
