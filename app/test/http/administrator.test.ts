import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { AccessFile } from '../../src/http/access/access-file.ts';
import { configuredPassword, preparePassword } from '../../src/http/access/administrator.ts';
import { isPassword } from '../../src/http/access/password.ts';
import { ADMINISTRATOR } from '../../src/http/access/principal.ts';
import { hashSecret } from '../../src/http/access/secret.ts';
import { createSessions, type Person } from '../../src/http/access/sessions.ts';

let directory: string;
let path: string;
let now = Date.UTC(2026, 10, 21);
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'gitcron-access-'));
  path = join(directory, 'access.json');
});
afterEach(() => rmSync(directory, { recursive: true }));

const clock = { now: () => now };
const HERE = { from: '127.0.0.1', browser: null };
const ANN: Person = { name: 'user ann', role: 'viewer', via: 'oidc', provider: 'one' };

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
  const sessions = createSessions(file, { clock, provider: 'one' });
  const { secret: session } = await sessions.begin(ADMINISTRATOR, HERE);
  const { secret: ann } = await sessions.begin(ANN, HERE);
  await preparePassword(file, 'the first password');
  expect(sessions.find(session)).not.toBeNull();
  await preparePassword(file, 'the second password');
  expect(sessions.find(session)).toBeNull();
  // Who was let in by an identity provider does not know it.
  expect(sessions.find(ann)?.name).toBe('user ann');
});

it('ends a log-in after a week, and the oldest when there are a hundred', async () => {
  const sessions = createSessions(AccessFile.open(path), { clock, provider: 'one' });
  const { secret: first } = await sessions.begin(ADMINISTRATOR, HERE);
  now += 7 * 24 * 3_600_000 - 1;
  expect(sessions.find(first)).not.toBeNull();
  now += 1;
  expect(sessions.find(first)).toBeNull();
  const { secret: second } = await sessions.begin(ADMINISTRATOR, HERE);
  const { secret: ann } = await sessions.begin(ANN, HERE);
  for (let count = 0; count < 100; count += 1) await sessions.begin(ADMINISTRATOR, HERE);
  expect(sessions.find(second)).toBeNull();
  expect(sessions.find(ann)).not.toBeNull();
});

it('ends the log-in by an identity provider after 12 hours, and with other settings of it', async () => {
  const sessions = createSessions(AccessFile.open(path), { clock, provider: 'one' });
  const { secret } = await sessions.begin(ANN, { from: '192.0.2.1', browser: 'x'.repeat(1000) });
  expect(sessions.find(secret)).toMatchObject({ name: 'user ann', role: 'viewer' });
  expect(sessions.find(secret)?.browser).toHaveLength(200);
  for (const provider of [null, 'another']) {
    const others = createSessions(AccessFile.open(path), { clock, provider });
    expect([others.find(secret), others.list()]).toEqual([null, []]);
  }
  now += 12 * 3_600_000 - 1;
  expect(sessions.find(secret)).not.toBeNull();
  now += 1;
  expect(sessions.find(secret)).toBeNull();
});

it('reads the log-ins of before there were people: they are the administrator’s', async () => {
  const expiresAt = now + 3_600_000;
  const hash = hashSecret('of before');
  const before = { password: 'scrypt$1', tokens: [], sessions: [{ hash, expiresAt }] };
  writeFileSync(path, JSON.stringify({ version: 1, ...before }));
  const file = AccessFile.open(path);
  const sessions = createSessions(file, { clock, provider: null });
  expect(sessions.find('of before')).toMatchObject({
    name: 'administrator',
    role: 'admin',
    via: 'password',
    expiresAt,
    from: null,
  });
  await sessions.begin(ADMINISTRATOR, HERE);
  const again = createSessions(AccessFile.open(path), { clock, provider: null });
  expect(again.find('of before')?.id).toBe(hash.slice(0, 8));
  // An older Gitcron must not take the log-in of a viewer for the administrator's.
  expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ version: 2 });
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
