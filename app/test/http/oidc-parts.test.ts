import cookie from '@fastify/cookie';
import fastify from 'fastify';
import { describe, expect, it } from 'vitest';
import { readSettings } from '../../src/config/settings.ts';
import { createFlows } from '../../src/http/oidc/flow-cookie.ts';
import { personName } from '../../src/http/oidc/person-name.ts';
import { roleOf } from '../../src/http/oidc/role.ts';

const values = { admin: ['chiefs'], operator: ['on call'], viewer: ['staff', 'all'] };
const roleBy = (claim: string, claims: Record<string, unknown>) =>
  roleOf(claims, { claim, values });

const roleByMail = (email_verified?: unknown) =>
  roleOf(
    { email: 'ann@example.com', email_verified },
    { claim: 'email', values: { ...values, admin: ['ann@example.com'] } },
  );

describe('a role', () => {
  it.each([
    ['the highest counts', { groups: ['staff', 'on call', 'chiefs'] }, 'admin'],
    ['a text is a list of one', { groups: 'on call' }, 'operator'],
    ['letters have to be the same', { groups: ['Chiefs', 'chiefs '] }, null],
    ['what is no text is none', { groups: [{ name: 'chiefs' }, 7, null] }, null],
    ['a claim that is not there', {}, null],
  ])('%s', (_, claims, role) => {
    expect(roleBy('groups', claims)).toBe(role);
  });

  it('comes from a claim within one, and from one with a URL as its name', () => {
    expect(roleBy('realm_access.roles', { realm_access: { roles: ['staff'] } })).toBe('viewer');
    expect(roleBy('https://a.example/roles', { 'https://a.example/roles': ['all'] })).toBe(
      'viewer',
    );
    expect(roleBy('constructor.name', {})).toBeNull();
  });

  it('comes of an address only where it is verified', () => {
    expect([roleByMail(), roleByMail(false), roleByMail('true'), roleByMail(true)]).toEqual([
      null,
      null,
      null,
      'admin',
    ]);
  });
});

it.each([
  [{ preferred_username: 'ann', email: 'a@b.c', sub: '1' }, 'user ann'],
  [{ email: 'a@b.c', name: 'Ann', sub: '1' }, 'user a@b.c'],
  [{ email: 'a@b.c', email_verified: false, name: 'Ann', sub: '1' }, 'user Ann'],
  [{ preferred_username: ' \u200B\n ', sub: '1' }, 'user 1'],
  [{ preferred_username: 'command line' }, 'user command line'],
  [{ preferred_username: 'a\u202Enn\u0007\r\nby  root' }, 'user annby root'],
  [{ preferred_username: 'x'.repeat(500) }, `user ${'x'.repeat(64)}`],
])('%j is %s', (claims, name) => {
  expect(personName(claims)).toBe(name);
});

it.each([true, false])(
  'a log-in that was begun more than ten minutes ago is over (TLS: %s)',
  async (isTls) => {
    let now = 1_000_000;
    const flows = createFlows(isTls, () => now);
    const app = fastify();
    await app.register(cookie);
    const flow = { state: 'a-state-of-letters', nonce: 'n', verifier: 'v', next: '/' };
    app.get('/begin', (request, reply) => {
      flows.keep(request, reply, flow);
      return reply.send('');
    });
    app.get('/end', (request, reply) =>
      reply.send({ flow: flows.take(request, reply, flow.state) }),
    );
    const begun = await app.inject('/begin');
    const line = String(begun.headers['set-cookie']);
    expect(line).toMatch(/; HttpOnly;( Secure;)? SameSite=Lax/);
    expect(line.startsWith('__Host-') && line.includes('Secure')).toBe(isTls);
    const [pair = ''] = line.split(';', 1);
    const end = async (sent: string): Promise<unknown> =>
      (await app.inject({ url: '/end', headers: { cookie: sent } })).json();
    expect(await end(pair)).toMatchObject({ flow });
    // One letter of it is another: not the last, of which not every bit counts.
    const at = pair.length - 9;
    const altered = pair.slice(0, at) + (pair[at] === 'A' ? 'B' : 'A') + pair.slice(at + 1);
    expect(await end(altered)).toEqual({ flow: null });
    now += 10 * 60_000;
    expect(await end(pair)).toEqual({ flow: null });
    await app.close();
  },
);

describe('the settings of a provider', () => {
  const WHOLE = {
    PUBLIC_URL: 'https://cron.example.com/',
    OIDC_ISSUER: 'https://id.example.com/realms/team',
    OIDC_CLIENT_ID: 'gitcron',
    OIDC_CLIENT_SECRET: 'a secret',
    OIDC_VIEWER: 'staff, night shift',
  };

  it('are taken when they are whole', () => {
    expect(readSettings(WHOLE)).toMatchObject({
      PUBLIC_URL: 'https://cron.example.com',
      OIDC_ROLE_CLAIM: 'groups',
      OIDC_VIEWER: ['staff', 'night shift'],
    });
  });

  it.each([
    [{ OIDC_CLIENT_SECRET: '' }, 'OIDC_ISSUER: OIDC_ISSUER, OIDC_CLIENT_ID and'],
    [{ OIDC_ISSUER: '', OIDC_CLIENT_ID: '' }, 'OIDC_ISSUER: OIDC_ISSUER, OIDC_CLIENT_ID and'],
    [{ OIDC_CLIENT_SECRET_FILE: '/x' }, 'OIDC_CLIENT_SECRET_FILE: set this or'],
    [{ PUBLIC_URL: '' }, 'PUBLIC_URL: must be set'],
    [{ PUBLIC_URL: 'https://x.example/cron' }, 'PUBLIC_URL: expected https://HOST without path'],
    [{ PUBLIC_URL: 'https://a:b@x.example' }, 'PUBLIC_URL: expected'],
    [{ PUBLIC_URL: 'ftp://x.example' }, 'PUBLIC_URL: expected'],
    [{ OIDC_VIEWER: '' }, 'OIDC_ADMIN: set this'],
    [{ OIDC_ISSUER: 'http://id.example.com' }, 'OIDC_ISSUER: expected https'],
    [{ OIDC_ISSUER: 'http://127.0.0.1.example.com' }, 'OIDC_ISSUER: expected https'],
    [
      { OIDC_ISSUER: 'https://id.example.com/.well-known/openid-configuration' },
      'OIDC_ISSUER: expected what stands before',
    ],
    [{ OIDC_SCOPE: 'profile' }, 'OIDC_SCOPE: expected scopes'],
  ])('%j: one mistake, in words', (change, problem) => {
    expect(() => readSettings({ ...WHOLE, ...change })).toThrow(
      expect.objectContaining({
        code: 'GITCRON_E_SETTINGS',
        message: expect.stringMatching(/^One setting is wrong:/),
      }),
    );
    expect(() => readSettings({ ...WHOLE, ...change })).toThrow(problem);
  });

  it.each(['http://127.0.0.1:9', 'http://localhost:9', 'http://[::1]:9'])(
    '%s may be asked',
    (issuer) => {
      expect(readSettings({ ...WHOLE, OIDC_ISSUER: issuer }).OIDC_ISSUER).toBe(issuer);
    },
  );
});
