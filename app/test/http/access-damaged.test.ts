import { CodedError } from '@gitcron/base/coded-error';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readPasswordFile } from '../../src/http/access/password-file.ts';
import { bearer, openHouse, PASSWORD, post, type House } from './house.ts';
import { until } from '../../../base/test/until.ts';

const CRONTAB = `
# @name steady
* * * * * * true
# @name mine
@manual true
`;

const isRoot = process.getuid?.() === 0;
const JOB_USER = { uid: 61_234, gid: 61_234 };

const MEND = 'sudo chown 0:0 FILE && sudo chmod 400 FILE';
const MEND_PATTERN = /sudo chown 0:0 .* && sudo chmod 400 /;

function asCoded(error: unknown): CodedError {
  if (error instanceof CodedError) return error;
  throw error;
}

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'gitcron-access-'));
  chmodSync(directory, 0o755);
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function logIn(house: House, password: string) {
  return house.ask('/api/v1/session', post({ password }, { origin: house.url }));
}

async function expectJobsToRun(house: House): Promise<void> {
  const run = await house.control('/scripts/mine?wait=20', post());
  expect(run.status).toBe(200);
  const path = '/api/v1/runs?job=steady&status=succeeded';
  await until(async () => (await (await house.control(path)).text()).includes('steady'), 'a slot');
}

describe('access.json that cannot be read', () => {
  it.each([
    ['half a file', (file: string) => writeFileSync(file, '{"version": 1, "tok')],
    ['another version', (file: string) => writeFileSync(file, '{"version": 99}')],
    ['a directory', (file: string) => mkdirSync(file)],
  ])(
    'keeps the network out and nothing else: %s',
    async (_, damage) => {
      const state = join(directory, 'state');
      mkdirSync(state);
      const file = join(state, 'access.json');
      damage(file);
      await using house = await openHouse({ crontab: CRONTAB, stateDirectory: state });
      await expectJobsToRun(house);
      for (const headers of [{}, bearer('gitcron_x'), { cookie: 'gitcron=x' }]) {
        const answer = await house.ask('/api/v1/jobs', { headers });
        expect([answer.status, await answer.json()]).toMatchObject([
          503,
          { code: 'GITCRON_E_ACCESS_FILE' },
        ]);
      }
      expect((await logIn(house, PASSWORD)).status).toBe(503);
      expect((await house.ask('/healthz')).status).toBe(200);
      const body = { name: 'new', scopes: ['read'] };
      expect((await house.control('/api/v1/tokens', post(body))).status).toBe(503);
      expect(await readFile(house.logFile, 'utf8')).toMatch(
        /lets nobody in over the network.*\[GITCRON_E_ACCESS_FILE\]/,
      );
      // Mended, it is taken without a restart.
      rmSync(`${file}.damaged`, { recursive: true });
      await until(async () => (await logIn(house, PASSWORD)).status === 204, 'a log-in');
    },
    60_000,
  );
});

describe('ADMIN_PASSWORD_FILE', () => {
  it.each([
    ['missing', () => {}],
    ['too short', (file: string) => writeFileSync(file, 'short\n')],
    ['empty', (file: string) => writeFileSync(file, '')],
    ['a directory, which Docker makes of what is not there', (file: string) => mkdirSync(file)],
  ])(
    '%s: nobody logs in, and jobs run',
    async (_, prepare) => {
      const file = join(directory, 'password');
      prepare(file);
      await using house = await openHouse({
        crontab: CRONTAB,
        environment: { ADMIN_PASSWORD: '', ADMIN_PASSWORD_FILE: file },
      });
      await expectJobsToRun(house);
      const refused = await logIn(house, PASSWORD);
      expect([refused.status, await refused.json()]).toMatchObject([
        503,
        { code: 'GITCRON_E_NO_PASSWORD' },
      ]);
      const token = await house.token('read');
      expect((await house.ask('/api/v1/jobs', { headers: bearer(token) })).status).toBe(200);
      expect(await readFile(house.logFile, 'utf8')).toContain('[GITCRON_E_PASSWORD_FILE]');
      rmSync(file, { recursive: true, force: true });
      writeFileSync(file, `${PASSWORD}\n`);
      await until(async () => (await logIn(house, PASSWORD)).status === 204, 'a log-in');
    },
    60_000,
  );

  it('that went missing takes nothing from the password that was in it', async () => {
    const file = join(directory, 'password');
    writeFileSync(file, PASSWORD);
    await using house = await openHouse({
      crontab: CRONTAB,
      environment: { ADMIN_PASSWORD: '', ADMIN_PASSWORD_FILE: file },
    });
    rmSync(file);
    await house.restart();
    expect((await logIn(house, PASSWORD)).status).toBe(204);
    expect(await readFile(house.logFile, 'utf8')).toContain('[GITCRON_E_PASSWORD_FILE]');
  });

  describe.runIf(isRoot)('that jobs or installs can read is refused (needs root)', () => {
    it.each([
      { mode: 0o400, owner: 0, group: 0, code: null },
      { mode: 0o640, owner: 0, group: 0, code: null },
      { mode: 0o444, owner: 0, group: 0, code: 'GITCRON_E_PASSWORD_LEAKED' },
      { mode: 0o440, owner: 0, group: JOB_USER.gid, code: 'GITCRON_E_PASSWORD_LEAKED' },
      { mode: 0o400, owner: JOB_USER.uid, group: 0, code: 'GITCRON_E_PASSWORD_LEAKED' },
    ])('mode $mode of $owner:$group: $code', async ({ mode, owner, group, code }) => {
      const file = join(directory, 'password');
      writeFileSync(file, PASSWORD);
      chownSync(file, owner, group);
      chmodSync(file, mode);
      for (const others of [{ JOB_USER }, { INSTALL_USER: JOB_USER }]) {
        const error = await readPasswordFile(file, others).then(() => null, asCoded);
        expect(error?.code ?? null).toBe(code);
        expect(error?.hint ?? MEND).toMatch(MEND_PATTERN);
      }
    });

    it('not where a directory on the way keeps them out', async () => {
      const file = join(directory, 'password');
      writeFileSync(file, PASSWORD, { mode: 0o444 });
      chmodSync(directory, 0o700);
      expect(await readPasswordFile(file, { JOB_USER })).toBe(PASSWORD);
    });

    it('ends log-ins that were begun with it, and jobs run', async () => {
      const file = join(directory, 'password');
      writeFileSync(file, PASSWORD, { mode: 0o400 });
      await using house = await openHouse({
        crontab: CRONTAB,
        environment: {
          ADMIN_PASSWORD: '',
          ADMIN_PASSWORD_FILE: file,
          JOB_USER: '61234:61234',
          INSTALL_USER: '61235:61235',
        },
      });
      const begun = await logIn(house, PASSWORD);
      expect(begun.status).toBe(204);
      const headers = { cookie: begun.headers.getSetCookie()[0]?.split(';', 1)[0] ?? '' };
      expect((await house.ask('/api/v1/jobs', { headers })).status).toBe(200);
      chmodSync(file, 0o444);
      await house.restart();
      expect((await house.ask('/api/v1/jobs', { headers })).status).toBe(401);
      expect((await logIn(house, PASSWORD)).status).toBe(503);
      expect((await house.control('/api/v1/jobs')).status).toBe(200);
    }, 60_000);
  });
});
