import { isUtf8 } from 'node:buffer';

/** One well-formed UTF-8 character of several bytes, as latin1 text (RFC 3629, section 4), or one other byte. */
const SEQUENCE =
  /((?:[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2})+)|[\x80-\xff]/g;

/** Decodes UTF-8; a byte that belongs to no character becomes `\xNN`, so that it can be seen. */
export function decode(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString('utf8');
  return bytes
    .toString('latin1')
    .replace(SEQUENCE, (match, character: string | undefined) =>
      character === undefined
        ? `\\x${match.charCodeAt(0).toString(16)}`
        : Buffer.from(character, 'latin1').toString('utf8'),
    );
}
