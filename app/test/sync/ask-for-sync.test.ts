import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { webhook } from '@gitcron/git-sync/http/webhook';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { freePort } from '../../src/local/free-port.ts';
import { askForSync } from '../../src/sync/ask-for-sync.ts';
import { readSyncStatus, syncEventOf, type SyncStatus } from '../../src/sync/sync-status.ts';
import { silentLogger } from '../record/silent-logger.ts';

const SECRET = 'a secret of both sides';

let server: Server;
let url: string;
let pushes = 0;
beforeEach(async () => {
  pushes = 0;
  const port = await freePort();
  server = createServer(
    webhook(
      () => SECRET,
      silentLogger,
      () => (pushes += 1),
    ),
  );
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${port}/webhook`;
});
afterEach(() => {
  server.close();
});

it('is understood by git-sync, with the secret itself or in a file', async () => {
  await askForSync({ url, secret: SECRET, secretFile: undefined });
  expect(pushes).toBe(1);
  const directory = await mkdtemp(join(tmpdir(), 'gitcron-secret-'));
  const secretFile = join(directory, 'secret');
  await writeFile(secretFile, `${SECRET}\n`);
  await askForSync({ url, secret: undefined, secretFile });
  expect(pushes).toBe(2);
  await rm(directory, { recursive: true });
});

it('says what is wrong when it is refused, not answered or not set up', async () => {
  const wrong = askForSync({ url, secret: 'another secret', secretFile: undefined });
  await expect(wrong).rejects.toMatchObject({ code: 'GITCRON_E_SYNC_WEBHOOK', place: url });
  const nobody = `http://127.0.0.1:${await freePort()}/webhook`;
  await expect(
    askForSync({ url: nobody, secret: SECRET, secretFile: undefined }),
  ).rejects.toMatchObject({ code: 'GITCRON_E_SYNC_WEBHOOK', place: nobody });
  // In the stack the address is always there, and the secret is what can be set.
  for (const known of [url, undefined]) {
    await expect(
      askForSync({ url: known, secret: undefined, secretFile: undefined }),
    ).rejects.toMatchObject({
      code: 'GITCRON_E_NO_SYNC_WEBHOOK',
      place: 'SYNC_WEBHOOK_SECRET',
    });
  }
  expect(pushes).toBe(0);
});

const OK: SyncStatus = {
  version: null,
  state: 'ok',
  repository: 'https://git.example.com/scripts.git',
  ref: 'main',
  current: { hash: 'a'.repeat(40) },
  lastAttemptAt: '2026-11-21T08:00:00.000Z',
  lastSuccessAt: '2026-11-21T08:00:00.000Z',
  lastDurationMs: 300,
  nextAttemptAt: null,
  failures: 0,
  error: null,
};
const FAILING: SyncStatus = {
  ...OK,
  state: 'failing',
  failures: 1,
  error: {
    code: 'GITCRON_E_REMOTE',
    message: 'The remote is away.',
    because: ['port 41234: refused'],
    hint: 'Wait.',
  },
};
const NOW = Date.parse('2026-11-21T09:00:00Z');

it('records a commit that is published and a failure once, and nothing else', () => {
  const published = { ...OK, current: { hash: 'b'.repeat(40) } };
  expect(syncEventOf(OK, published, NOW)).toEqual({
    type: 'sync_published',
    at: Date.parse('2026-11-21T08:00:00Z'),
    revision: 'b'.repeat(40),
    previous: 'a'.repeat(40),
    durationMs: 300,
  });
  expect(syncEventOf(null, OK, NOW)).toBeNull();
  expect(syncEventOf(OK, OK, NOW)).toBeNull();
  expect(syncEventOf(OK, FAILING, NOW)).toMatchObject({
    type: 'sync_failed',
    code: 'GITCRON_E_REMOTE',
    reason: 'The remote is away. (port 41234: refused)',
  });
  const again = (cause: string) => {
    const error = FAILING.error && { ...FAILING.error, because: [cause] };
    return syncEventOf(FAILING, { ...FAILING, failures: 2, error }, NOW);
  };
  expect(again('port 50001: refused')).toBeNull();
  expect(again('its name is not known')).toMatchObject({
    reason: 'The remote is away. (its name is not known)',
  });
  expect(syncEventOf(FAILING, OK, NOW)).toBeNull();
});

it('takes a status that is missing, half written or of another program for none', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'gitcron-status-'));
  expect(await readSyncStatus(directory)).toBeNull();
  for (const text of ['{"state": "o', '{}', '[]', 'null']) {
    await writeFile(join(directory, 'status.json'), text);
    expect(await readSyncStatus(directory)).toBeNull();
  }
  await writeFile(join(directory, 'status.json'), JSON.stringify(OK));
  expect(await readSyncStatus(directory)).toEqual(OK);
  await rm(directory, { recursive: true });
});
