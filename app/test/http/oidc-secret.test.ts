import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freePort } from '../../src/local/free-port.ts';
import { openHouse, type House } from './house.ts';
import { Browser, CLIENT, identityProvider, type TestProvider } from './identity-provider.ts';

let directory: string;
let secretFile: string;
let house: House;
let provider: TestProvider;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gitcron-oidc-'));
  secretFile = join(directory, 'secret');
  const port = await freePort();
  house = await openHouse({
    crontab: '# @name mine\n@manual true\n',
    environment: (url) => ({
      PUBLIC_URL: url,
      OIDC_ISSUER: `http://127.0.0.1:${port}`,
      OIDC_CLIENT_ID: CLIENT.id,
      OIDC_CLIENT_SECRET_FILE: secretFile,
      OIDC_VIEWER: 'staff',
    }),
  });
  provider = identityProvider(port, `${house.url}/login/oidc/callback`, {
    ann: { preferred_username: 'ann', groups: ['staff'] },
  });
  provider.account = 'ann';
  await provider.start();
});
afterAll(async () => {
  await provider[Symbol.asyncDispose]();
  await house[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

it('the secret is read at each log-in: what is wrong with it is mended without a restart', async () => {
  const logIn = async (): Promise<[number, string]> => {
    const { answer } = await new Browser().go(`${house.url}/login/oidc?next=/api/v1/session`);
    return [answer.status, await answer.text()];
  };
  const [without, said] = await logIn();
  expect(without).toBe(503);
  expect(said).toContain('The file of OIDC_CLIENT_SECRET_FILE cannot be used.');
  // Where it is, is for the log alone.
  expect(said).not.toContain(directory);
  expect(await readFile(house.logFile, 'utf8')).toContain(secretFile);

  await writeFile(secretFile, 'another one\n');
  const [wrong, why] = await logIn();
  expect(wrong).toBe(503);
  expect(why).toContain('does not take Gitcron for the client that it knows');
  expect(await readFile(house.logFile, 'utf8')).toContain('[GITCRON_E_OIDC_CLIENT]');

  await writeFile(secretFile, `${CLIENT.secret}\n`);
  const [right, who] = await logIn();
  expect(right).toBe(200);
  expect(who).toContain('"name":"user ann"');
  expect(await readFile(house.logFile, 'utf8')).not.toContain(CLIENT.secret);
});
