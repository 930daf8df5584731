import { expect, test } from 'vitest';
import { lsRefsRequest, parseRefs } from '../src/ls-refs.ts';

const ONE = '1'.repeat(40);
const TWO = '2'.repeat(40);
const MAIN = 'refs/heads/main';

/** gitprotocol-common(5), written down here once more and by hand. */
function packets(...texts: string[]): Buffer {
  const lines = texts.map((text) => (text.length + 4).toString(16).padStart(4, '0') + text);
  return Buffer.from(`${lines.join('')}0000`);
}

test('asks as gitprotocol-v2(5) shows it', () => {
  expect(lsRefsRequest([MAIN]).toString()).toBe(
    '0014command=ls-refs\n00010009peel\n001fref-prefix refs/heads/main\n0000',
  );
});

test('reads hashes, and the commits that tags name', () => {
  const answer = packets(`${ONE} ${MAIN}\n`, `${ONE} refs/tags/v1 peeled:${TWO}\n`);
  expect(parseRefs(answer, [MAIN, 'refs/tags/v1'])).toEqual(
    new Map([
      [MAIN, ONE],
      ['refs/tags/v1', ONE],
      ['refs/tags/v1^{}', TWO],
    ]),
  );
});

test('takes no ref that only begins like one that was asked for', () => {
  const answer = packets(`${TWO} ${MAIN}-old\n`, `${ONE} ${MAIN}/old\n`);
  expect(parseRefs(answer, [MAIN])).toEqual(new Map());
});

test.each([
  ['nothing', Buffer.alloc(0)],
  ['no end', packets(`${ONE} ${MAIN}\n`).subarray(0, -4)],
  ['an end in the middle', Buffer.concat([packets(`${ONE} ${MAIN}\n`), packets()])],
  ['a packet that is cut', packets(`${ONE} ${MAIN}\n`).subarray(0, -10)],
  ['an error', packets('ERR mismatched object format\n')],
  ['an empty packet', Buffer.from('00040000')],
  ['no length', Buffer.from('zzzz')],
  ['a page', Buffer.from('<html>Sign in</html>')],
])('of %s it makes nothing', (_, answer) => {
  expect(parseRefs(answer, [MAIN])).toBeNull();
});

test('cut anywhere it is no answer', () => {
  const answer = packets(`${ONE} ${MAIN}\n`, `${TWO} refs/tags/v1 peeled:${ONE}\n`);
  const cuts = Array.from(answer.keys(), (length) => answer.subarray(0, length));
  expect(cuts.filter((cut) => parseRefs(cut, [MAIN]) !== null)).toEqual([]);
});
