import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { z } from 'zod';
import { runView } from '../../src/api/run.ts';
import { logInView, sessionView } from '../../src/api/session.ts';
import { freePort } from '../../src/local/free-port.ts';
import { until } from '../../../base/test/until.ts';
import { openHouse, PASSWORD, post, type House } from './house.ts';
import { Browser, CLIENT, identityProvider, type TestProvider } from './identity-provider.ts';

const PEOPLE = {
  vera: { preferred_username: 'vera', groups: ['staff', 'lookers'] },
  otto: { preferred_username: 'otto', groups: ['night shift'] },
  ada: { name: 'Ada L.', groups: ['lookers', 'chiefs'] },
  // Who calls themselves what we call ourselves.
  eve: { preferred_username: 'administrator', groups: ['lookers'] },
  nobody: { preferred_username: 'nobody', groups: ['secret-project'] },
  bare: { preferred_username: 'bare' },
};

let house: House;
let provider: TestProvider;
beforeAll(async () => {
  const port = await freePort();
  house = await openHouse({
    crontab: '# @name mine\n@manual true\n',
    environment: (url) => ({
      PUBLIC_URL: url,
      OIDC_ISSUER: `http://127.0.0.1:${port}`,
      OIDC_CLIENT_ID: CLIENT.id,
      OIDC_CLIENT_SECRET: CLIENT.secret,
      OIDC_ADMIN: 'chiefs, owners',
      OIDC_OPERATOR: 'night shift',
      OIDC_VIEWER: 'lookers',
      // So that each test counts as a client of its own.
      TRUST_PROXY: 'loopback',
    }),
  });
  provider = identityProvider(port, `${house.url}/login/oidc/callback`, PEOPLE);
  await provider.start();
});
afterAll(async () => {
  await provider[Symbol.asyncDispose]();
  await house[Symbol.asyncDispose]();
});
beforeEach(() => {
  provider.account = 'vera';
});

const callback = (): string => `${house.url}/login/oidc/callback`;
const start = (next = '/'): string => `${house.url}/login/oidc?next=${encodeURIComponent(next)}`;

async function logIn(account: keyof typeof PEOPLE): Promise<Browser> {
  provider.account = account;
  const browser = new Browser();
  const { url } = await browser.go(start('/api/v1/session'));
  expect(url).toBe(`${house.url}/api/v1/session`);
  return browser;
}

async function who(browser: Browser) {
  return sessionView.parse(await (await browser.step(`${house.url}/api/v1/session`)).json());
}

/** Comes back from the provider, but does not go the last step. */
async function almost(browser: Browser): Promise<string> {
  return (await browser.go(start(), callback())).url;
}

it.each([
  ['vera', 'user vera', 'viewer', ['read']],
  ['otto', 'user otto', 'operator', ['operate']],
  ['ada', 'user Ada L.', 'admin', ['admin']],
  ['eve', 'user administrator', 'viewer', ['read']],
] as const)('%s is let in as %s, %s', async (account, name, role, scopes) => {
  const told = await who(await logIn(account));
  expect(told).toMatchObject({ name, role, scopes, via: 'oidc' });
  const lastsHours = (Date.parse(told.expiresAt ?? '') - Date.now()) / 3_600_000;
  expect(lastsHours).toBeGreaterThan(11.9);
  expect(lastsHours).toBeLessThanOrEqual(12);
});

it('who ran it is a person, and a viewer runs nothing', async () => {
  const otto = await logIn('otto');
  const headers = { cookie: otto.cookiesOf(house.url), origin: house.url };
  const ran = await house.ask('/api/v1/jobs/mine/runs', post({}, headers));
  expect(runView.parse(await ran.json()).requestedBy).toBe('user otto');
  const vera = await logIn('vera');
  const cookie = vera.cookiesOf(house.url);
  const refused = await house.ask(
    '/api/v1/jobs/mine/runs',
    post({}, { cookie, origin: house.url }),
  );
  expect([refused.status, await refused.json()]).toMatchObject([
    403,
    { hint: expect.stringContaining('It needs the role operator or admin.') },
  ]);
  const list = z.object({ items: z.array(logInView) });
  const { items } = list.parse(await (await house.control('/api/v1/sessions')).json());
  expect(items).toContainEqual(
    expect.objectContaining({ name: 'user otto', role: 'operator', via: 'oidc' }),
  );
  expect(await readFile(house.logFile, 'utf8')).toContain('jobs/mine/runs by user otto: 202');
});

it.each(['nobody', 'bare'] as const)(
  'without a role nobody is let in, and is told which claim was looked at: %s',
  async (account) => {
    provider.account = account;
    const browser = new Browser();
    const { answer } = await browser.go(start());
    const page = await answer.text();
    expect(answer.status).toBe(403);
    expect(page).toContain('the claim groups gives you no role here');
    expect(page).not.toContain('secret-project');
    expect((await browser.step(`${house.url}/api/v1/session`)).status).toBe(401);
    const log = await readFile(house.logFile, 'utf8');
    expect(log).toContain('[GITCRON_E_OIDC_ROLE]');
    expect(log).not.toContain('secret-project');
  },
);

it('somebody who cancels at the provider is told so', async () => {
  provider.account = null;
  const { answer } = await new Browser().go(start());
  expect(answer.status).toBe(401);
  expect(await answer.text()).toContain('did not let you in (access_denied)');
});

it('a state that this browser has not begun, or that was altered, is refused', async () => {
  const mine = await almost(new Browser());
  const stranger = await new Browser().step(mine);
  expect(stranger.status).toBe(400);
  expect(await stranger.text()).toContain('was not begun in this browser');

  const browser = new Browser();
  const url = new URL(await almost(browser));
  url.searchParams.set('state', `${url.searchParams.get('state')?.slice(0, 16)}another`);
  expect((await browser.step(url.href)).status).toBe(400);
  expect((await new Browser().step(`${callback()}?code=x`)).status).toBe(400);
});

it('a code counts once, also where the cookies of before are sent again', async () => {
  const browser = new Browser();
  const url = await almost(browser);
  const cookie = browser.cookiesOf(house.url);
  expect((await browser.step(url)).status).toBe(303);
  expect((await browser.step(url)).status).toBe(400);
  const replayed = await house.ask(url.slice(house.url.length), { headers: { cookie } });
  expect(replayed.status).toBe(401);
  expect(replayed.headers.getSetCookie().join()).not.toContain('gitcron=');
});

it('the answer to one log-in is none to another: nonce and verifier are its own', async () => {
  const browser = new Browser();
  const [one, other] = [new URL(await almost(browser)), new URL(await almost(browser))];
  one.searchParams.set('code', other.searchParams.get('code') ?? '');
  expect((await browser.step(one.href)).status).toBe(401);
});

it('two tabs log in beside each other, and each goes where it was going', async () => {
  const browser = new Browser();
  const [one, two] = [
    await browser.go(start('/one'), callback()),
    await browser.go(start('/two?x=1#there'), callback()),
  ];
  const first = await browser.step(one.url);
  const second = await browser.step(two.url);
  expect([first, second].map(({ headers }) => headers.get('location'))).toEqual([
    '/one',
    '/two?x=1#there',
  ]);
  expect((await who(browser)).name).toBe('user vera');
});

it('however often one begins, the cookies of it do not pile up', async () => {
  const browser = new Browser();
  for (let times = 0; times < 15; times += 1) await browser.step(start());
  const flows = browser.cookiesOf(house.url).match(/gitcron-flow-/g) ?? [];
  expect(flows.length).toBeLessThanOrEqual(8);
  expect((await browser.go(start('/api/v1/session'))).answer.status).toBe(200);
});

it('goes on at PUBLIC_URL, whose host has the cookie; and nowhere else afterwards', async () => {
  const { port } = new URL(house.url);
  const elsewhere = await house.ask('/login/oidc?next=/runs', {
    headers: { 'x-forwarded-host': `localhost:${port}` },
  });
  expect(elsewhere.headers.get('location')).toBe(`${house.url}/login/oidc?moved=1&next=%2Fruns`);
  for (const next of ['https://evil.example/', '//evil.example/', '/\\evil.example']) {
    const browser = new Browser();
    const { url } = await browser.go(start(next), callback());
    expect((await browser.step(url)).headers.get('location')).toBe('/');
  }
});

it('HEAD ends no log-in', async () => {
  const url = await almost(new Browser());
  const asked = await house.ask(url.slice(house.url.length), { method: 'HEAD' });
  expect(asked.status).toBeGreaterThanOrEqual(400);
});

it('failed log-ins are limited as wrong passwords are', async () => {
  provider.account = 'bare';
  const statuses: number[] = [];
  for (let tries = 0; tries < 11; tries += 1) {
    const browser = new Browser();
    const url = await almost(browser);
    const answer = await browser.step(url, { 'x-forwarded-for': '198.51.100.77' });
    statuses.push(answer.status);
  }
  expect(statuses).toEqual([...Array<number>(10).fill(403), 429]);
}, 30_000);

it('ends our log-in and says that the provider’s goes on, with a link', async () => {
  const browser = await logIn('vera');
  const cookie = browser.cookiesOf(house.url);
  const headers = { cookie, origin: house.url };
  const left = await house.ask('/api/v1/session', { method: 'DELETE', headers });
  expect(left.status).toBe(204);
  expect((await house.ask('/api/v1/jobs', { headers })).status).toBe(401);
  const page = await (await house.ask('/login?left=oidc')).text();
  expect(page).toContain('You are logged out of Gitcron. Your log-in at 127.0.0.1:');
  expect(page).toContain(`href="${provider.issuer}/session/end?client_id=gitcron"`);
});

it('the page offers both ways, keeps where one was going, and has nothing inline', async () => {
  const answer = await house.ask('/login?next=/runs%3Fstatus=failed');
  const page = await answer.text();
  expect(page).toContain('href="/login/oidc?next=%2Fruns%3Fstatus%3Dfailed"');
  expect(page).toContain('value="/runs?status=failed"');
  expect(page).not.toMatch(/<style|<script|style=|onclick/);
  expect(answer.headers.get('content-security-policy')).toContain("form-action 'self'");
});

it('with the provider away the password works, jobs run, and it is asked anew', async () => {
  await provider.stop();
  await house.restart();
  const { answer } = await new Browser().go(start());
  expect(answer.status).toBe(503);
  const page = await answer.text();
  expect(page).toContain('does not answer');
  expect(page).toContain('type="password"');
  expect(await readFile(house.logFile, 'utf8')).toContain('[GITCRON_E_OIDC_AWAY]');
  const body = { password: PASSWORD };
  const byPassword = await house.ask('/api/v1/session', post(body, { origin: house.url }));
  expect(byPassword.status).toBe(204);
  expect((await house.control('/scripts/mine?wait=20', post())).status).toBe(200);
  expect(await (await house.ask('/login')).text()).toContain('does not answer');
  await provider.start();
  await until(async () => {
    const again = await new Browser().go(start('/api/v1/session'));
    return again.answer.status === 200;
  }, 'a log-in');
  expect(await readFile(house.logFile, 'utf8')).toContain('answers again');
});
