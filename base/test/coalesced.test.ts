import { expect, it } from 'vitest';
import { coalesced } from '../src/coalesced.ts';

/** Work whose ends the test decides. */
function scene() {
  const begun: PromiseWithResolvers<string>[] = [];
  let underWay = 0;
  let most = 0;
  const chain = coalesced(async () => {
    const end = Promise.withResolvers<string>();
    begun.push(end);
    underWay += 1;
    most = Math.max(most, underWay);
    try {
      return await end.promise;
    } finally {
      underWay -= 1;
    }
  });
  return { chain, begun, most: () => most };
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

it('all who ask while one is under way share the next, which begins when that is over', async () => {
  const { chain, begun, most } = scene();
  const first = chain.run();
  await turn();
  const [second, third] = [chain.run(), chain.run()];
  expect(chain.isWaiting).toBe(true);
  await turn();
  expect(begun).toHaveLength(1);
  begun[0]?.resolve('first');
  expect(await first).toBe('first');
  await turn();
  expect(begun).toHaveLength(2);
  expect(chain.isWaiting).toBe(false);
  begun[1]?.resolve('second');
  expect(await Promise.all([second, third])).toEqual(['second', 'second']);
  expect(most()).toBe(1);
});

it('one that fails is told to those who asked for it, and hurts no other', async () => {
  const { chain, begun } = scene();
  const first = chain.run();
  await turn();
  const second = chain.run();
  begun[0]?.reject(new Error('out of order'));
  await expect(first).rejects.toThrow('out of order');
  await turn();
  begun[1]?.resolve('well');
  expect(await second).toBe('well');
});

it('is settled when what was asked for is over, and at once when nothing was', async () => {
  const { chain, begun } = scene();
  await chain.settled();
  const asked = chain.run().catch(() => 'failed');
  let isSettled = false;
  const settled = chain.settled().then(() => (isSettled = true));
  await turn();
  expect(isSettled).toBe(false);
  begun[0]?.reject(new Error('out of order'));
  await settled;
  expect(await asked).toBe('failed');
});

it('one that is asked for from within the work is another one after it', async () => {
  let rounds = 0;
  const chain = coalesced(async () => {
    rounds += 1;
    if (rounds < 3) void chain.run();
  });
  await chain.run();
  await chain.settled();
  await chain.settled();
  expect(rounds).toBe(3);
});
