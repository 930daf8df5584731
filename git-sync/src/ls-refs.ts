import { FULL_HASH, type ObjectFormat } from '@gitcron/base/full-hash';

/** gitprotocol-common(5): a packet that says no more than that something ends. */
const FLUSH = '0000';
const DELIMITER = '0001';

/** The request for these refs, with the commits that tags name (gitprotocol-v2(5), ls-refs). */
export function lsRefsRequest(refs: readonly string[], format: ObjectFormat = 'sha1'): Buffer {
  const wanted = refs.map((ref) => packet(`ref-prefix ${ref}\n`));
  // Old servers know no other format than SHA-1, nor a name for it.
  const capabilities = format === 'sha1' ? [] : [`object-format=${format}\n`];
  const command = ['command=ls-refs\n', ...capabilities].map(packet);
  const request = [...command, DELIMITER, packet('peel\n'), ...wanted, FLUSH];
  return Buffer.from(request.join(''), 'utf8');
}

/** A packet begins with its length, itself included, in four hexadecimal digits. */
function packet(text: string): string {
  return `${(Buffer.byteLength(text) + 4).toString(16).padStart(4, '0')}${text}`;
}

/**
 * Reads the answer: `HASH REF[ peeled:HASH]` a packet, and a flush packet at the end.
 *
 * @param refs those that were asked for; a server gives all that begin like them.
 * @returns the hashes by name; of a tag the commit that it names also, as `REF^{}`. Null when this is
 *   not such an answer, whole and nothing else.
 */
export function parseRefs(answer: Buffer, refs: readonly string[]): Map<string, string> | null {
  const hashes = new Map<string, string>();
  let at = 0;
  for (;;) {
    const digits = answer.toString('latin1', at, at + 4);
    if (digits === FLUSH) return at + 4 === answer.length ? hashes : null;
    const length = /^[0-9a-f]{4}$/.test(digits) ? Number.parseInt(digits, 16) : 0;
    if (length <= 4 || at + length > answer.length) return null;
    const line = answer.toString('utf8', at + 4, at + length).replace(/\n$/, '');
    const [hash = '', ref = '', ...attributes] = line.split(' ');
    if (!FULL_HASH.test(hash)) return null;
    const peeled = attributes.find((text) => text.startsWith('peeled:'))?.slice('peeled:'.length);
    if (refs.includes(ref)) {
      hashes.set(ref, hash);
      if (peeled !== undefined) hashes.set(`${ref}^{}`, peeled);
    }
    at += length;
  }
}
