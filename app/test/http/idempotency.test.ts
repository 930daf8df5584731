import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  openIdempotencyKeys,
  type IdempotencyKeys,
  type KeyedRequest,
  type PromisedRun,
} from '../../src/http/idempotency.ts';
import { canMount, mountSmallDisk } from '../record/small-disk.ts';
import { silentLogger } from '../record/silent-logger.ts';

const DAY_MS = 24 * 3_600_000;
const REQUEST: KeyedRequest = { key: 'k', principal: 'token a', slug: 'report', params: null };

let directory: string;
let file: string;
let formerFile: string;
let now = 0;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'gitcron-keys-'));
  file = join(directory, 'keys.jsonl');
  formerFile = join(directory, 'keys.json');
  now = Date.UTC(2026, 10, 21);
});
afterEach(() => rmSync(directory, { recursive: true }));

const open = (at = file): IdempotencyKeys =>
  openIdempotencyKeys({ file: at, formerFile, clock: { now: () => now }, logger: silentLogger });

/** As the runner does where nothing is in the way. */
const begin = async ({ settled }: PromisedRun): Promise<void> => settled();
const onlyQueue = async (): Promise<void> => {};
const mustNotStart = async (): Promise<void> => {
  throw new Error('was started again');
};
const refuse = async (): Promise<void> => {
  throw new Error('in the way');
};

it('starts once for all that come at the same time, also when the first ones fail', async () => {
  const keys = open();
  let starts = 0;
  const start = async (run: PromisedRun): Promise<void> => {
    starts += 1;
    if (starts <= 2) throw new Error('in the way');
    run.settled();
  };
  const answers = await Promise.allSettled(
    Array.from({ length: 10 }, () => keys.once(REQUEST, start)),
  );
  const ids = answers.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  expect([ids.length, new Set(ids).size, starts]).toEqual([8, 1, 3]);
});

it('has written the key with the id of its run before the run is started', async () => {
  const keys = open();
  let written = '';
  const runId = await keys.once(REQUEST, async () => {
    written = readFileSync(file, 'utf8');
  });
  expect(JSON.parse(written.trim())).toMatchObject({ runId, began: false });
});

it('remembers over a restart, for a day', async () => {
  const first = await open().once(REQUEST, begin);
  now += DAY_MS - 1;
  expect(await open().once(REQUEST, mustNotStart)).toBe(first);
  now += 2;
  expect(await open().once(REQUEST, begin)).not.toBe(first);
});

it('starts a run that a supervisor before promised and did not begin, and no other', async () => {
  const keys = open();
  const waiting = await keys.once(REQUEST, onlyQueue);
  expect(await keys.once(REQUEST, mustNotStart)).toBe(waiting);
  let cancel: (() => void) | undefined;
  const canceled = await keys.once({ ...REQUEST, key: 'canceled' }, async ({ settled }) => {
    cancel = settled;
  });
  cancel?.();
  await expect(keys.once({ ...REQUEST, key: 'refused' }, refuse)).rejects.toThrow('in the way');

  const successor = open();
  expect(await successor.once({ ...REQUEST, key: 'canceled' }, mustNotStart)).toBe(canceled);
  expect(await successor.once(REQUEST, begin)).not.toBe(waiting);
  await successor.once({ ...REQUEST, key: 'refused' }, begin);
  await expect(open().once(REQUEST, mustNotStart)).resolves.toEqual(expect.any(String));
});

it('keeps senders apart, and refuses a key for something else', async () => {
  const keys = open();
  const first = await keys.once(REQUEST, begin);
  expect(await keys.once({ ...REQUEST, principal: 'token b' }, begin)).not.toBe(first);
  const another = keys.once({ ...REQUEST, params: { a: 1 } }, mustNotStart);
  await expect(another).rejects.toMatchObject({ status: 422, members: { runId: first } });
});

it('keeps each key for its day whatever others come: at the bound new ones are refused', async () => {
  const saved = Array.from({ length: 10_000 }, (_, count) => ({ count, at: now - DAY_MS + count }));
  const sender = senderOf(await keysOf(REQUEST));
  const lines = saved.map(({ count, at }) =>
    JSON.stringify({ key: `k${count}`, sender, request: '', runId: 'r', at, began: true }),
  );
  writeFileSync(file, `${lines.join('\n')}\n`);
  const keys = open();
  await expect(keys.once(REQUEST, mustNotStart)).rejects.toMatchObject({
    status: 503,
    code: 'GITCRON_E_TOO_MANY_KEYS',
    retryAfterSec: 1,
  });
  // Others are not kept out by that.
  await keys.once({ ...REQUEST, principal: 'token b' }, begin);
  now += 1;
  await keys.once(REQUEST, begin);
});

/** The line of a key. */
async function keysOf(request: KeyedRequest): Promise<string> {
  await open().once(request, begin);
  const line = readFileSync(file, 'utf8').split('\n', 1)[0] ?? '';
  rmSync(file);
  return line;
}

function senderOf(line: string): unknown {
  return Object.entries<unknown>(JSON.parse(line)).find(([name]) => name === 'sender')?.[1];
}

it('begins anew with a file that is damaged, and reads what can be read', async () => {
  writeFileSync(file, '{"half');
  const first = await open().once(REQUEST, begin);
  appendFileSync(file, 'nonsense\n{"key": "cut o');
  expect(await open().once(REQUEST, mustNotStart)).toBe(first);
  await open().once({ ...REQUEST, key: 'another' }, begin);
  expect(await open().once(REQUEST, mustNotStart)).toBe(first);
});

it('takes over what a Gitcron of before kept', async () => {
  const line: unknown = JSON.parse(await keysOf(REQUEST));
  const { key, request, at } = Object.fromEntries(Object.entries(line ?? {}));
  writeFileSync(formerFile, JSON.stringify({ [String(key)]: { request, runId: 'former', at } }));
  expect(await open().once(REQUEST, mustNotStart)).toBe('former');
  await open().once({ ...REQUEST, key: 'another' }, begin);
  expect(existsSync(formerFile)).toBe(false);
  expect(await open().once(REQUEST, mustNotStart)).toBe('former');
});

it.runIf(canMount)(
  'starts nothing that it cannot write down, and goes on when there is room again (needs the right to mount)',
  async () => {
    const disk = mountSmallDisk(1);
    try {
      const keys = open(join(disk.path, 'keys.jsonl'));
      disk.fill();
      await expect(keys.once(REQUEST, mustNotStart)).rejects.toMatchObject({
        status: 503,
        code: 'GITCRON_E_KEY_WRITE',
      });
      disk.relieve();
      const first = await keys.once(REQUEST, begin);
      expect(await open(join(disk.path, 'keys.jsonl')).once(REQUEST, mustNotStart)).toBe(first);
    } finally {
      disk.remove();
    }
  },
);
