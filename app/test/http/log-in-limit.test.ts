import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openHouse, PASSWORD, post, type House } from './house.ts';

const CRONTAB = '# @name mine\n@manual true\n';

let house: House;
beforeAll(async () => {
  house = await openHouse({ crontab: CRONTAB, environment: { TRUST_PROXY: 'loopback' } });
});
afterAll(() => house[Symbol.asyncDispose]());

const from = (address: string) => ({ 'x-forwarded-for': address });

async function logIn(password: string, headers: Record<string, string>, at = house) {
  return at.ask('/api/v1/session', post({ password }, { origin: at.url, ...headers }));
}

async function guesses(
  count: number,
  headers: (index: number) => Record<string, string>,
  at = house,
) {
  const statuses: number[] = [];
  for (let index = 0; index < count; index += 1) {
    statuses.push((await logIn('a wrong guess', headers(index), at)).status);
  }
  return statuses;
}

const TEN = Array<number>(10).fill(401);

it.each([
  ['each port of it', (index: number) => `198.51.100.1:${5000 + index}`],
  ['each address of its /64', (index: number) => `2001:db8:7:7::${index}`],
  ['each port of each', (index: number) => `[2001:db8:7:8::${index}]:${5000 + index}`],
  ['the clothes of IPv6', (index: number) => `${index % 2 ? '::ffff:' : ''}198.51.100.2`],
])('a client is counted once, not %s', async (_, address) => {
  expect(await guesses(12, (index) => from(address(index)))).toEqual([...TEN, 429, 429]);
  const other = { headers: from('198.51.100.99') };
  expect((await logIn(PASSWORD, other.headers)).status).toBe(204);
});

it('what other sites send is refused and counts for nobody', async () => {
  const headers = from('198.51.100.3');
  for (let index = 0; index < 30; index += 1) {
    const foreign = { ...headers, origin: 'https://evil.example' };
    expect((await logIn('a wrong guess', foreign)).status).toBe(403);
  }
  expect((await logIn(PASSWORD, headers)).status).toBe(204);
});

it('the right password counts for nothing', async () => {
  const headers = from('198.51.100.4');
  for (let index = 0; index < 15; index += 1) {
    expect((await logIn(PASSWORD, headers)).status).toBe(204);
  }
});

it('says when to try again', async () => {
  const headers = from('198.51.100.5');
  await guesses(10, () => headers);
  const answer = await logIn(PASSWORD, headers);
  expect(answer.status).toBe(429);
  const seconds = Number(answer.headers.get('retry-after'));
  expect(seconds).toBeGreaterThan(290);
  expect(seconds).toBeLessThanOrEqual(300);
});

it('tries at the same moment are counted, too', async () => {
  const headers = from('198.51.100.6');
  const all = await Promise.all(
    Array.from({ length: 20 }, () => logIn('a wrong guess', headers).then(({ status }) => status)),
  );
  expect(all.filter((status) => status === 401)).toHaveLength(10);
});

it('a browser that has logged in before is not locked out by others of its address', async () => {
  const headers = from('198.51.100.7');
  const before = await logIn(PASSWORD, headers);
  const cookie = before.headers
    .getSetCookie()
    .map((one) => one.split(';', 1)[0] ?? '')
    .find((one) => one.startsWith('gitcron-browser='));
  await guesses(12, () => headers);
  expect((await logIn(PASSWORD, headers)).status).toBe(429);
  expect((await logIn(PASSWORD, { ...headers, cookie: cookie ?? '' })).status).toBe(204);
  // Made up, it helps nobody.
  const forged = `${cookie?.slice(0, -4)}AAAA`;
  expect((await logIn(PASSWORD, { ...headers, cookie: forged })).status).toBe(429);
});

it('behind a proxy that nobody named all are slowed down together, and nobody is locked out', async () => {
  await using alone = await openHouse({ crontab: CRONTAB });
  const statuses = await guesses(12, (index) => from(`198.51.100.${index}`), alone);
  expect(statuses.slice(0, 10)).toEqual(TEN);
  expect(statuses.at(-1)).toBe(429);
  const refused = await logIn(PASSWORD, {}, alone);
  const waitSec = Number(refused.headers.get('retry-after'));
  expect(waitSec).toBeLessThanOrEqual(10);
  await expect
    .poll(async () => (await logIn(PASSWORD, {}, alone)).status, { timeout: 30_000 })
    .toBe(204);
}, 60_000);

it('what strangers try does not fill the log', async () => {
  const before = (await readFile(house.logFile, 'utf8')).length;
  for (let index = 0; index < 100; index += 1) {
    await logIn('a wrong guess', { ...from(`2001:db8:9:${index}::1`) });
    await logIn('a wrong guess', { ...from('198.51.100.8'), origin: 'https://evil.example' });
  }
  const written = (await readFile(house.logFile, 'utf8')).slice(before);
  expect(
    written.split('\n').filter((line) => line.includes('/api/v1/session')).length,
  ).toBeLessThan(11);
}, 60_000);

const canHaveNetworks = (() => {
  try {
    execFileSync('unshare', ['--net', 'ip', 'link', 'add', 'eth0', 'type', 'veth'], {
      stdio: 'ignore',
    });
    return true;
  } catch {
    return false;
  }
})();

it.runIf(canHaveNetworks)(
  "the gateway of a container's network is not counted as one client (needs a network of its own)",
  () => {
    const proxies = `${import.meta.dirname}/../../src/http/access/proxies.ts`;
    const program = `import { createProxies } from '${proxies}';
      const { isShared } = createProxies([]);
      console.log(JSON.stringify(['172.30.0.1', '172.30.0.5', 'fd00:30::1'].map(isShared)));`;
    const script = `ip link add eth0 type veth peer name other && ip link set other up && ip addr add 172.30.0.2/16 dev eth0 && ip link set eth0 up \\
      && ip route add default via 172.30.0.1 \\
      && { ip -6 addr add fd00:30::2/64 dev eth0 nodad && ip -6 route add default via fd00:30::1 || true; } \\
      && exec "$0" --input-type=module --eval "$1"`;
    const printed = execFileSync(
      'unshare',
      ['--net', 'sh', '-c', script, process.execPath, program],
      {
        encoding: 'utf8',
      },
    );
    expect(JSON.parse(printed)).toEqual([true, false, expect.any(Boolean)]);
  },
);
