import { array, assert, constantFrom, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { secretFinder } from '../../src/secrets/find-secrets.ts';
import { createMask } from '../../src/secrets/mask.ts';
import { readWritten } from '../../src/secrets/read-written.ts';

/** What may be read in many ways, after one another, with secrets that begin like it. */
const RUNS = [
  '\\',
  '%',
  "'",
  '"',
  '$',
  '&',
  '+',
  '\\%',
  "'\\",
  '%5c',
  '%25',
  '\\x5c',
  `'"'"'`,
  'a',
];

/** How often a place was read. */
function work(secret: string, text: string): number {
  let places = 0;
  const find = secretFinder([secret], (data) => {
    const read = readWritten(data);
    return (at) => {
      places += 1;
      return read(at);
    };
  });
  find(Buffer.from(text));
  return places;
}

describe('the work of finding secrets', () => {
  it.each(RUNS)('grows with the output and with nothing else, for runs of %s', (unit) => {
    const text = unit.repeat(4_000 / unit.length);
    for (const letters of [1, 8, 9, 60, 400]) {
      for (const secret of [unit.repeat(letters), `${unit.repeat(letters)}and so on`]) {
        // Once to find it, twice to see where it begins and whether it goes on, and a first look.
        expect(work(secret, text)).toBeLessThanOrEqual(4 * text.length + 4);
      }
    }
  });

  it.each(RUNS)('what %s repeated may mean is little and near', (unit) => {
    const data = Buffer.from(unit.repeat(400));
    const readings = readWritten(data);
    for (let at = 0; at < 40; at += 1) {
      const { all } = readings(at);
      expect(all.length).toBeLessThanOrEqual(8);
      for (const { next } of all) expect(next - at).toBeLessThanOrEqual(120);
    }
  });
});

it('finds in pieces what it finds in the whole, among all that may introduce an escape', () => {
  const letters = constantFrom('\\', '%', '2', '5', 'c', "'", '"', '&amp;', 'a', '+', '$', 'x');
  const secrets = array(string({ unit: letters, minLength: 3, maxLength: 6 }), { minLength: 1 });
  const texts = array(string({ unit: letters, maxLength: 12 }));
  assert(
    property(secrets, texts, (those, pieces) => {
      const masked = (parts: readonly string[]): string => {
        const transform = createMask(those).transform();
        const shown = parts.map((part) => transform.push(Buffer.from(part)));
        return Buffer.concat([...shown, transform.end()]).toString();
      };
      const whole = masked([pieces.join('')]);
      expect(masked(pieces)).toBe(whole);
      for (const secret of those) expect(whole).not.toContain(secret);
    }),
    { numRuns: 1000 },
  );
});

it('reads what repeats itself as it would read it alone', () => {
  const secret = `it's\\a"secret`;
  const quoted = secret.replaceAll('\\', '\\\\').replaceAll("'", `'"'"'`);
  for (const unit of RUNS) {
    for (const count of [0, 1, 50, 200]) {
      const { text } = createMask([secret]);
      const run = unit.repeat(count);
      expect(text(`${run}<${quoted}>${run} end`)).toBe(`${run}<***>${run} end`);
    }
  }
});
