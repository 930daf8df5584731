import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../../record/test-database.ts';
import { commits } from './commits.ts';
import { lines } from './lines.ts';
import { outside } from './outside.ts';
import { packages } from './packages.ts';
import type { Scored } from './score.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

/** Of all cases so many have to be right; the others may be silent, and none may be wrong. */
const LEAST_RIGHT = 27;

it('why is right or silent about failures whose cause is known, and accuses nothing wrongly', async () => {
  const scored = (
    await Promise.all([commits(server), outside(server), lines(server), packages(server)])
  ).flat();
  console.log(describe(scored));
  expect(scored.filter(({ verdict }) => verdict === 'wrong')).toEqual([]);
  expect(scored.filter(({ verdict }) => verdict === 'right').length).toBeGreaterThanOrEqual(
    LEAST_RIGHT,
  );
}, 240_000);

function describe(scored: readonly Scored[]): string {
  const count = (verdict: Scored['verdict']) =>
    `${scored.filter((one) => one.verdict === verdict).length} ${verdict}`;
  const each = scored.map(
    ({ verdict, name, told }) => `${verdict.padEnd(6)} ${name}\n         ${told}`,
  );
  return [...each, `Why: ${count('right')}, ${count('silent')}, ${count('wrong')}.`].join('\n');
}
