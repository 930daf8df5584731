import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { AccessFile } from '../../src/http/access/access-file.ts';
import { configuredPassword, preparePassword } from '../../src/http/access/administrator.ts';
import { isPassword } from '../../src/http/access/password.ts';
import { createSessions } from '../../src/http/access/sessions.ts';

let directory: string;
let path: string;
let now = Date.UTC(2026, 10, 21);
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'gitcron-access-'));
  path = join(directory, 'access.json');
});
afterEach(() => rmSync(directory, { recursive: true }));

const clock = { now: () => now };

it('makes a password once, tells it once, and keeps only its hash', async () => {
  const made = await preparePassword(AccessFile.open(path), null);
  expect(made).toMatch(/^\w{5}-\w{5}-\w{5}-\w{5}$/);
  const again = AccessFile.open(path);
  expect(await preparePassword(again, null)).toBeNull();
  expect(await isPassword(made ?? '', again.content.password ?? '')).toBe(true);
  expect(await isPassword('another', again.content.password ?? '')).toBe(false);
  expect(await readFile(path, 'utf8')).not.toContain(made);
});

it('ends every log-in when the settings bring another password, and none for the same', async () => {
  const file = AccessFile.open(path);
  expect(await preparePassword(file, 'the first password')).toBeNull();
  const sessions = createSessions(file, clock);
  const session = await sessions.begin();
  await preparePassword(file, 'the first password');
  expect(sessions.find(session)).not.toBeNull();
  await preparePassword(file, 'the second password');
  expect(sessions.find(session)).toBeNull();
});

it('ends a log-in after a week, and the oldest when there are a hundred', async () => {
  const sessions = createSessions(AccessFile.open(path), clock);
  const first = await sessions.begin();
  now += 7 * 24 * 3_600_000 - 1;
  expect(sessions.find(first)).not.toBeNull();
  now += 1;
  expect(sessions.find(first)).toBeNull();
  const second = await sessions.begin();
  for (let count = 0; count < 100; count += 1) await sessions.begin();
  expect(sessions.find(second)).toBeNull();
});

it('takes the password from a file, without the line end', async () => {
  const file = join(directory, 'password');
  writeFileSync(file, 'twelve letters\n');
  expect(await configuredPassword({ ADMIN_PASSWORD_FILE: file })).toBe('twelve letters');
});

it.each(['{"version": 1', '', '{"version": 2}', '[]'])(
  'says what to do about a file that is damaged (%j), and keeps it aside, also over a restart',
  async (content) => {
    writeFileSync(path, content);
    const file = AccessFile.open(path);
    expect(file.damage).toMatchObject({ code: 'GITCRON_E_ACCESS_FILE', place: path });
    await expect(preparePassword(file, 'another password')).rejects.toBe(file.damage);
    expect(await readFile(`${path}.damaged`, 'utf8')).toBe(content);
    expect(AccessFile.open(path).damage).toMatchObject({ code: 'GITCRON_E_ACCESS_FILE' });
    rmSync(`${path}.damaged`);
    expect(file.read()).toBe(true);
    await preparePassword(file, 'another password');
    expect(AccessFile.open(path).damage).toBeNull();
  },
);
