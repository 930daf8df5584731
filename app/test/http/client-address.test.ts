import { describe, expect, it } from 'vitest';
import { clientOf, plainAddress } from '../../src/http/access/client-address.ts';
import { createProxies } from '../../src/http/access/proxies.ts';
import { connectionLimit } from '../../src/http/descriptor-limit.ts';

describe('a client is counted by its address', () => {
  it.each([
    ['203.0.113.9', '203.0.113.9'],
    ['203.0.113.9:4711', '203.0.113.9'],
    ['::ffff:203.0.113.9', '203.0.113.9'],
    ['::ffff:cb00:7109', '203.0.113.9'],
    ['[::ffff:203.0.113.9]:4711', '203.0.113.9'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8:1:2::6', '2001:db8:1:2::/64'],
    ['[2001:db8:1:2::7]:443', '2001:db8:1:2::/64'],
    ['[2001:db8:1:2::7]', '2001:db8:1:2::/64'],
    ['2001:db8::7', '2001:db8:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ])('%s as %s', (written, client) => {
    expect(clientOf(plainAddress(written) ?? '')).toBe(client);
  });

  it.each(['', 'unknown', '_hidden', '1.2.3', '1.2.3.4:x', '[x]:1', '203.0.113.999'])(
    '%j is none',
    (written) => expect(plainAddress(written)).toBeNull(),
  );
});

describe('TRUST_PROXY', () => {
  const proxies = createProxies(['uniquelocal', '203.0.113.0/24', '2001:db8::1']);

  it.each([
    '10.1.2.3',
    '10.1.2.3:4711',
    '::ffff:10.1.2.3',
    '203.0.113.7',
    '2001:db8::1',
    'fd00::1',
  ])('believes %s', (address) => expect(proxies.isTrusted(address)).toBe(true));

  it.each(['203.0.114.1', '2001:db8::2', '127.0.0.1', 'unknown', undefined])(
    'does not believe %s',
    (address) => expect(proxies.isTrusted(address)).toBe(false),
  );

  it('counts no proxy and not this machine as one client', () => {
    for (const address of ['10.1.2.3', '127.0.0.1', '::1', '::ffff:127.0.0.1']) {
      expect([address, proxies.isShared(address)]).toEqual([address, true]);
    }
    expect(proxies.isShared('198.51.100.1')).toBe(false);
  });
});

it.each([
  [4096, 1024],
  [1024, 256],
  [1_048_576, 4096],
  [16, 8],
  [null, 4096],
])('of %s descriptors connections take %i', (descriptors, connections) => {
  expect(connectionLimit(descriptors)).toBe(connections);
});
