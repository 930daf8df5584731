import { array, assert, constantFrom, property, string, uint8Array } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMask } from '../../src/secrets/mask.ts';
import { passwordOfUrl, secretValues } from '../../src/secrets/secret-values.ts';

function maskPieces(secrets: readonly string[], pieces: readonly string[]): string {
  const transform = createMask(secrets).transform();
  const out = pieces.map((piece) => transform.push(Buffer.from(piece, 'latin1')));
  return Buffer.concat([...out, transform.end()]).toString('latin1');
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
    expect(values).toEqual(expect.arrayContaining(['a"quoted token', 'a\\"quoted token']));
    expect(values).toEqual(expect.arrayContaining(['a%22quoted%20token', 'line one', 'line two!']));
    expect(values).toEqual(expect.arrayContaining(['p@ssw0rd-x', 'p%40ssw0rd-x']));
    expect(values).not.toContain('gitcron');
  });

  it('take a password as it is when it is not encoded', () => {
    const own = { GITCRON_DATABASE_URL: 'postgres://gitcron:100%-sure-x@db/gitcron' };
    expect(secretValues({ names: [], environment, own, found: [] }).values).toContain(
      '100%-sure-x',
    );
  });

  it('that nobody named are masked where that is safe, and refused nowhere', () => {
    const found = ['a found password', 'short', ''];
    const { values, problems } = secretValues({ names: [], environment, own: {}, found });
    expect(problems).toEqual([]);
    expect(values).toEqual(expect.arrayContaining(['a found password', 'a%20found%20password']));
    expect(values).not.toContain('short');
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
