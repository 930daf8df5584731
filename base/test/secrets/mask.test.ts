import { array, assert, constantFrom, property, string, uint8Array } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMask } from '../../src/secrets/mask.ts';
import { passwordOfUrl, passwordsInUrls } from '../../src/secrets/secret-parts.ts';
import { secretValues } from '../../src/secrets/secret-values.ts';

function maskPieces(secrets: readonly string[], pieces: readonly string[]): string {
  const transform = createMask(secrets).transform();
  const out = pieces.map((piece) => transform.push(Buffer.from(piece)));
  return Buffer.concat([...out, transform.end()]).toString();
}

const WRITTEN = [
  // A password in a URL, as people write it and as programs do.
  { secret: 'pa+ss/wo=rd', text: 'pa+ss%2Fwo=rd' },
  { secret: 'pa+ss/wo=rd', text: 'pa%2bss%2fwo%3drd' },
  { secret: 'pa+ss/wo=rd', text: '%70a%2Bs%73%2Fwo%3Drd' },
  { secret: 'pa+ss/wo=rd', text: 'pa%252Bss%252Fwo%253Drd' },
  { secret: 'pa ss word', text: 'pa+ss+word' },
  { secret: 'pa ss word', text: 'pa%20ss+word' },
  { secret: 'pa+ss/wo=rd', text: 'pa%%2Bss%%2Fwo%%3Drd' },
  { secret: 'pa%ss/word', text: 'pa%%25ss%%2fword' },
  // JSON of several programs, and JSON in JSON.
  { secret: 'pa"ss/word', text: String.raw`pa\"ss\/word` },
  { secret: 'pa"ss/word', text: String.raw`pa\\\"ss\\\/word` },
  { secret: 'pa"ss/word', text: String.raw`pa\u0022ss\u002fword` },
  { secret: 'pa"ss/word', text: 'pa%5C%22ss%5C/word' },
  { secret: 'line 1\nline 2', text: String.raw`line 1\nline 2` },
  { secret: 'back\\slash', text: String.raw`back\\slash` },
  { secret: 'passwörter', text: String.raw`passw\u00f6rter` },
  { secret: 'passwörter', text: String.raw`passw\u00F6rter` },
  { secret: 'passwörter', text: 'passw%c3%b6rter' },
  { secret: 'smile 😀 word', text: String.raw`smile \ud83d\uDE00 word` },
  // Shells, SQL, HTML, Python.
  { secret: "it's a secret", text: String.raw`it'\''s a secret` },
  { secret: "it's a secret", text: `it'"'"'s a secret` },
  { secret: "it's a secret", text: String.raw`it\'s\ a\ secret` },
  { secret: "it's a secret", text: "it''s a secret" },
  // Latin-1, as escape() and old forms send it, and the names of HTML.
  { secret: 'passwörter', text: 'passw%F6rter' },
  { secret: 'pass€word', text: 'pass%u20ACword' },
  { secret: 'passwörter&co', text: 'passw&ouml;rter&amp;co' },
  { secret: 'pa+ss/wo=rd', text: 'pa&plus;ss&sol;wo&equals;rd' },
  { secret: 'passwÃrter', text: String.raw`passw\xc3rter` },
  { secret: 'passwörter', text: String.raw`passw\303\266rter` },
  { secret: 'passwörter', text: String.raw`passw\xc3\xb6rter` },
  { secret: 'a&b<c>"d\'', text: 'a&amp;b&lt;c&gt;&quot;d&#39;' },
  { secret: 'a&b<c>"d\'', text: 'a&#38;b&#x3C;c&#x3e;&#34;d&apos;' },
];

/** One letter of a secret, in the ways that programs have. */
function writeLetter(letter: string, way: number): string {
  const bytes = [...Buffer.from(letter)].map((byte) => byte.toString(16).padStart(2, '0'));
  switch (way) {
    case 1:
      return bytes.map((byte) => `%${byte}`).join('');
    case 2:
      return bytes.map((byte) => `%${byte.toUpperCase()}`).join('');
    case 3:
      return [...Array(letter.length).keys()]
        .map((at) => `\\u${letter.charCodeAt(at).toString(16).padStart(4, '0')}`)
        .join('');
    case 4:
      return `&#${letter.codePointAt(0)};`;
    case 5:
      return bytes.map((byte) => `\\x${byte}`).join('');
    default:
      return letter;
  }
}

describe('a mask', () => {
  it.each([
    { secrets: ['hunter2-hunter2'], text: 'a hunter2-hunter2 b', shown: 'a *** b' },
    { secrets: ['abcdefgh', 'cdefghij'], text: 'x abcdefghij y', shown: 'x *** y' },
    { secrets: ['aaaaaaaa'], text: `${'a'.repeat(30)}b`, shown: '***b' },
    { secrets: ['aaaaaaaa'], text: 'aaaaaaab', shown: 'aaaaaaab' },
    { secrets: ['password1', 'password12345'], text: 'password12345', shown: '***' },
    { secrets: [], text: 'nothing to hide', shown: 'nothing to hide' },
  ])('turns $text into $shown, however it is cut', ({ secrets, text, shown }) => {
    for (let cut = 0; cut <= text.length; cut += 1) {
      expect(maskPieces(secrets, [text.slice(0, cut), text.slice(cut)])).toBe(shown);
    }
    expect(maskPieces(secrets, text.split(''))).toBe(shown);
  });

  it('gives the same for pieces as for the whole, and never shows a secret', () => {
    const letters = string({ unit: constantFrom('a', 'b'), minLength: 3, maxLength: 6 });
    const pieces = array(string({ unit: constantFrom('a', 'b', '\n'), maxLength: 9 }));
    assert(
      property(array(letters, { minLength: 1, maxLength: 3 }), pieces, (secrets, parts) => {
        const masked = maskPieces(secrets, parts);
        expect(masked).toBe(maskPieces(secrets, [parts.join('')]));
        for (const secret of secrets) expect(masked).not.toContain(secret);
      }),
      { numRuns: 2000 },
    );
  });

  it.each(WRITTEN)('finds $secret written as $text, however it is cut', ({ secret, text }) => {
    for (let cut = 0; cut <= text.length; cut += 1) {
      const shown = maskPieces([secret], [`<${text.slice(0, cut)}`, `${text.slice(cut)}>`]);
      expect(shown).toBe('<***>');
    }
    expect(maskPieces([secret], `<${text}>`.split(''))).toBe('<***>');
  });

  it('finds any secret with any of its bytes written in any way', () => {
    const secrets = string({ unit: 'binary', minLength: 8, maxLength: 20 });
    const ways = array(constantFrom(0, 1, 2, 3, 4, 5), { minLength: 100, maxLength: 100 });
    assert(
      property(secrets, ways, (secret, way) => {
        const text = Array.from(secret, (letter, at) => writeLetter(letter, way[at] ?? 0)).join('');
        const whole = Buffer.from(`<${text}>`);
        const transform = createMask([secret]).transform();
        const shown = Buffer.concat([transform.push(whole), transform.end()]).toString();
        expect(shown).toMatch(/^<\*\*\*[^\w]{0,3}>$/);
      }),
      { numRuns: 1000 },
    );
  });

  it('hides what a limit cut of a secret, to the first letter', () => {
    for (let cut = 1; cut < 15; cut += 1) {
      const transform = createMask(['hunter2-hunter2']).transform();
      const begun = transform.push(Buffer.from(`a ${'hunter2-hunter2'.slice(0, cut)}`));
      expect(Buffer.concat([begun, transform.end(true)]).toString()).toBe('a ***');
    }
  });

  it('hides at the end of a stream what is too much of a secret to be an accident', () => {
    const { text } = createMask(['hunter2-hunter2']);
    expect(text('killed in the middle of hunter2-hun')).toBe('killed in the middle of ***');
    expect(text('a hunter')).toBe('a hunter');
  });

  it('knows new secrets at once, and old ones still', () => {
    let secrets = ['the old secret'];
    const mask = createMask(() => secrets);
    const transform = mask.transform();
    secrets = [...secrets, 'the new secret'];
    expect(mask.text('the old secret, the new secret')).toBe('***, ***');
    expect(transform.push(Buffer.from('the new secret.')).toString()).toBe('***.');
  });

  it('lets every other byte through unchanged', () => {
    const secret = 'Z'.repeat(8);
    assert(
      property(array(uint8Array({ max: 89 })), (parts) => {
        const transform = createMask([secret]).transform();
        const out = parts.map((part) => transform.push(Buffer.from(part)));
        const joined = Buffer.concat(parts.map((part) => Buffer.from(part)));
        expect(Buffer.concat([...out, transform.end()]).equals(joined)).toBe(true);
      }),
    );
  });

  it('goes on at once with what cannot become a secret', () => {
    const transform = createMask(['hunter2-hunter2']).transform();
    expect(transform.push(Buffer.from('50 % done')).toString()).toBe('50 % done');
    expect(transform.push(Buffer.from('\nfound hunt')).toString()).toBe('\nfound ');
    expect(transform.push(Buffer.from('ing grounds')).toString()).toBe('hunting grounds');
  });
});

const wrapped = (width: number) => (key: string) =>
  Buffer.from(key)
    .toString('base64')
    .replaceAll(new RegExp(`.{${width}}`, 'g'), '$&\n');

const IN_BASE64: readonly (readonly [string, (key: string) => string])[] = [
  ['in one line', (key) => Buffer.from(key).toString('base64')],
  ['with the line break of its file', (key) => Buffer.from(`${key}\n`).toString('base64')],
  ['for a URL', (key) => Buffer.from(key).toString('base64url')],
  ['in lines of 76 letters', wrapped(76)],
  ['in lines of 64 letters', wrapped(64)],
];

describe('secret values', () => {
  const environment = {
    TOKEN: 'a"quoted token',
    SHORT: 'tiny',
    EMPTY: '',
    KEY: 'line one\nline two!',
  };

  it('are found in every form in which they may be printed', () => {
    const own = { GITCRON_DATABASE_URL: 'postgres://gitcron:p%40ssw0rd-x@db/gitcron' };
    const { values, problems } = secretValues({
      names: ['TOKEN', 'KEY'],
      environment,
      own,
      found: [],
    });
    expect(problems).toEqual([]);
    expect(values).toEqual(expect.arrayContaining(['a"quoted token', 'line one', 'line two!']));
    expect(values).toContain('p@ssw0rd-x');
    expect(values).not.toContain('gitcron');
  });

  it('take a password as it is when it is not encoded', () => {
    const own = { GITCRON_DATABASE_URL: 'postgres://gitcron:100%-sure-x@db/gitcron' };
    expect(secretValues({ names: [], environment, own, found: [] }).values).toContain(
      '100%-sure-x',
    );
  });

  it.each(IN_BASE64)('of many lines are found as base64 %s', (_, encode) => {
    const lines = Array.from({ length: 9 }, (__, at) => `${at}>?>~`.repeat(10));
    const key = ['-----BEGIN KEY-----', ...lines, '-----END KEY-----'].join('\n');
    const { values } = secretValues({
      names: ['KEY'],
      environment: { KEY: key },
      own: {},
      found: [],
    });
    const shown = createMask(values).text(encode(key));
    expect(shown.replaceAll('***', '').replaceAll('\n', '').length).toBeLessThan(8);
  });

  it('that nobody named are masked where that is safe, and refused nowhere', () => {
    const found = ['a found password', 'short', ''];
    const { values, problems } = secretValues({ names: [], environment, own: {}, found });
    expect(problems).toEqual([]);
    expect(values).toEqual(expect.arrayContaining(['a found password']));
    expect(values).not.toContain('short');
  });

  it('of a URL are the whole and its password, however it is written', () => {
    const DATABASE = 'postgres://u:pa+ss%2Fwo=rd@h/db';
    const { values, problems } = secretValues({
      names: ['DATABASE'],
      environment: { DATABASE },
      own: {},
      found: [],
    });
    expect(problems).toEqual([]);
    const { text } = createMask(values);
    for (const shown of [DATABASE, 'pa+ss%2Fwo=rd', 'pa+ss/wo=rd', 'pa%2Bss%2Fwo%3Drd']) {
      expect(text(`<${shown}>`)).toBe('<***>');
    }
    for (const user of ['u', 'me', 'you', 'them']) {
      expect(text(`Basic ${btoa(`${user}:pa+ss/wo=rd`)}`)).toMatch(
        /^Basic [\w]{0,8}\*\*\*[\w=]{0,4}$/,
      );
    }
  });

  it.each([
    { value: 'https://ghp_1234567890:x-oauth-basic@example.org/a', part: 'ghp_1234567890' },
    { value: 'https://ghp_1234567890@example.org/a', part: 'ghp_1234567890' },
    { value: 'https://example.org/hook?id=7&access_token=abc%2Fdefgh', part: 'abc/defgh' },
    { value: 'jdbc:postgresql://h/db?user=me&password=long-enough', part: 'long-enough' },
    { value: 'postgres://u:pa/ss@word-x@h/db', part: 'pa/ss@word-x' },
    { value: 'postgres://u:pass-word@h1:5432,h2:5432/db', part: 'pass-word' },
    { value: '{"type":"x","private_key":"-----KEY\\nabcdefghij\\n"}', part: 'abcdefghij' },
    { value: ' "postgres://u:pass-word@h/db" ', part: 'pass-word' },
    { value: '[{"password":"pass-word"}]', part: 'pass-word' },
    { value: 'sqlserver://h:1433;user=sa;password=pass-word;encrypt=true', part: 'pass-word' },
    { value: 'Server=h;User Id=sa;Password=pass-word;', part: 'pass-word' },
    { value: 'AccountName=x;AccountKey=abcd1234==;Suffix=y', part: 'abcd1234==' },
    { value: "host=h password='pass word' user=u", part: 'pass word' },
    { value: 'user:pass-word@tcp(h:3306)/db', part: 'pass-word' },
  ])('in $value: $part', ({ value, part }) => {
    const { values } = secretValues({
      names: ['A'],
      environment: { A: value },
      own: {},
      found: [],
    });
    expect(createMask(values).text(`<${part}>`)).toBe('<***>');
  });

  it('of URLs that nobody named are their passwords, in their parameters, too', () => {
    const DATABASE_URL = 'postgresql:///db?host=/s&password=pass-word&sslmode=disable';
    const PROXIES = 'http://a:pass-one1@h:1 http://b:pass-two2@h:2 http://h:3/page?mode=disabled';
    expect(passwordsInUrls({ DATABASE_URL, PROXIES, PLAIN: 'password=none' })).toEqual([
      'pass-word',
      'pass-one1',
      'pass-two2',
    ]);
  });

  it.each([
    { url: 'postgres://scripts:p%40ssw0rd@db/app', password: 'p@ssw0rd' },
    { url: 'postgres://postgres:postgres@localhost/app', password: null },
    { url: 'postgres://me:developer@localhost/developer', password: null },
    { url: 'postgres://scripts@db/app', password: null },
    { url: 'host=db user=scripts', password: null },
  ])('in $url: $password', ({ url, password }) => {
    expect(passwordOfUrl(url)).toBe(password);
  });

  it('are refused when they are too short or not there, all at once', () => {
    const own = { GITCRON_DATABASE_URL: 'postgres://gitcron:pw@db/gitcron' };
    const { problems } = secretValues({
      names: ['SHORT', 'EMPTY', 'GONE'],
      environment,
      own,
      found: [],
    });
    expect(problems.map(({ name }) => name)).toEqual([
      'SHORT',
      'SECRET_ENV',
      'SECRET_ENV',
      'GITCRON_DATABASE_URL',
    ]);
    expect(JSON.stringify(problems)).not.toContain('tiny');
  });
});
