import { readFileSync } from 'node:fs';
import { BlockList, isIP } from 'node:net';
import { plainAddress } from './client-address.ts';

/** The names that TRUST_PROXY knows besides addresses and networks. */
const NETWORKS: Readonly<Record<string, readonly string[]>> = {
  loopback: ['127.0.0.0/8', '::1/128'],
  linklocal: ['169.254.0.0/16', 'fe80::/10'],
  uniquelocal: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'],
};

/** Networks are attached to a container while it runs. */
const ROUTES_AGE_MS = 60_000;

/** Who passes other people's requests on. */
export interface Proxies {
  /** What it says of where a request comes from is believed. */
  isTrusted(address: string | undefined): boolean;
  /**
   * Many clients may stand behind this address, so it must never count as one: a proxy that was
   * named or that nobody named (on this machine, or it says itself that it passes something on), and
   * the gateway of a container's network, which is what Docker shows us in the place of its clients.
   */
  isShared(address: string): boolean;
}

/** @param trusted addresses, networks (`10.0.0.0/8`) and the names of networks */
export function createProxies(trusted: readonly string[]): Proxies {
  const believed = blockListOf(trusted);
  const here = blockListOf(['loopback']);
  let gateways = new Set<string>();
  let readAt = Number.NEGATIVE_INFINITY;

  function isGateway(address: string): boolean {
    if (performance.now() - readAt > ROUTES_AGE_MS) {
      readAt = performance.now();
      gateways = new Set(readGateways());
    }
    return gateways.has(address);
  }

  return {
    // The control socket's connections come from no address.
    isTrusted: (address) => address !== undefined && isIn(believed, address),
    isShared: (address) =>
      isIn(here, address) || isIn(believed, address) || isGateway(plainAddress(address) ?? ''),
  };
}

function blockListOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks.flatMap((name) => NETWORKS[name] ?? name)) {
    const [address = '', bits] = network.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    list.addSubnet(address, Number(bits ?? (family === 'ipv6' ? 128 : 32)), family);
  }
  return list;
}

function isIn(list: BlockList, text: string): boolean {
  const address = plainAddress(text);
  return address !== null && list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

/** The next hops of this network namespace (proc(5)); nowhere else than on Linux. */
function readGateways(): string[] {
  const v4 = rowsOf('/proc/net/route').map(([, , gateway = '']) => {
    const bytes = [...Buffer.from(gateway, 'hex')];
    // In the byte order of the machine, and all that Node runs on are little-endian here.
    return bytes.toReversed().join('.');
  });
  const v6 = rowsOf('/proc/net/ipv6_route').map(
    ([, , , , nextHop = '']) => nextHop.match(/.{4}/g)?.join(':') ?? '',
  );
  const plain = [...v4, ...v6].flatMap((address) => plainAddress(address) ?? []);
  return plain.filter((address) => address !== '0.0.0.0' && address !== '::');
}

function rowsOf(file: string): string[][] {
  try {
    const lines = readFileSync(file, 'utf8').trim().split('\n');
    return lines.map((line) => line.trim().split(/\s+/));
  } catch {
    return [];
  }
}
