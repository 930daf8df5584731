import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openIdempotencyKeys, type KeyedRequest } from '../../src/http/idempotency.ts';
import { silentLogger } from '../record/silent-logger.ts';

const DAY_MS = 24 * 3_600_000;
const REQUEST: KeyedRequest = { key: 'k', principal: 'token a', slug: 'report', params: null };

let directory: string;
let file: string;
let now = 0;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'gitcron-keys-'));
  file = join(directory, 'keys.json');
  now = Date.UTC(2026, 10, 21);
});
afterEach(() => rmSync(directory, { recursive: true }));

const open = () => openIdempotencyKeys(file, { now: () => now }, silentLogger);

it('starts once for all that come at the same time, also when the first ones fail', async () => {
  const keys = open();
  let starts = 0;
  const start = async (): Promise<string> => {
    starts += 1;
    const mine = starts;
    await new Promise((resolve) => setImmediate(resolve));
    if (mine <= 2) throw new Error('in the way');
    return `run-${mine}`;
  };
  const answers = await Promise.allSettled(
    Array.from({ length: 10 }, () => keys.once(REQUEST, start)),
  );
  expect(answers.filter(({ status }) => status === 'rejected')).toHaveLength(2);
  expect(
    answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : [])),
  ).toEqual(Array<string>(8).fill('run-3'));
  expect(starts).toBe(3);
});

it('remembers over a restart, for a day', async () => {
  await open().once(REQUEST, async () => 'first');
  now += DAY_MS - 1;
  expect(await open().once(REQUEST, async () => 'second')).toBe('first');
  now += 2;
  expect(await open().once(REQUEST, async () => 'second')).toBe('second');
});

it('keeps senders apart, and refuses a key for something else', async () => {
  const keys = open();
  await keys.once(REQUEST, async () => 'first');
  const another = { ...REQUEST, principal: 'token b' };
  expect(await keys.once(another, async () => 'second')).toBe('second');
  await expect(
    keys.once({ ...REQUEST, params: { a: 1 } }, async () => 'third'),
  ).rejects.toMatchObject({ status: 422, members: { runId: 'first' } });
});

it('begins anew with a file that is damaged', async () => {
  writeFileSync(file, '{"half');
  expect(await open().once(REQUEST, async () => 'first')).toBe('first');
});
