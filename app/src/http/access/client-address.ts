import { isIP } from 'node:net';

/**
 * An address as it is meant, however it is written: proxies add ports (`203.0.113.9:4711`,
 * `[2001:db8::1]:443`) and zones, and IPv4 comes in the clothes of IPv6 (`::ffff:203.0.113.9`).
 * @returns null for what is no address
 */
export function plainAddress(text: string): string | null {
  const [, bracketed, withPort] = /^\[([^\]]*)\](?::\d*)?$|^([\d.]+):\d*$/.exec(text.trim()) ?? [];
  const [address = ''] = (bracketed ?? withPort ?? text.trim()).split('%', 1);
  if (isIP(address) !== 6) return isIP(address) === 4 ? address : null;
  const groups = groupsOf(address);
  const [high = 0, low = 0] = groups.slice(6);
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  if (isMapped) return [high >> 8, high & 0xff, low >> 8, low & 0xff].join('.');
  return new URL(`http://[${address}]`).hostname.slice(1, -1);
}

/**
 * What counts as one client: an IPv4 address, or an IPv6 network of 64 bits, which is what one
 * subscriber has at least (RFC 6177).
 * @param address as `plainAddress` returns it
 */
export function clientOf(address: string): string {
  if (isIP(address) !== 6) return address;
  const network = groupsOf(address).slice(0, 4);
  return `${network.map((group) => group.toString(16)).join(':')}::/64`;
}

/** The eight groups of an IPv6 address. */
function groupsOf(address: string): number[] {
  const [head = '', tail = ''] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const [first, last] = [head, tail].map((part) => part.split(':').filter((one) => one !== ''));
  const zeros = 8 - (first?.length ?? 0) - (last?.length ?? 0);
  const groups = [...(first ?? []), ...Array<string>(zeros).fill('0'), ...(last ?? [])];
  return groups.map((group) => Number.parseInt(group, 16));
}
