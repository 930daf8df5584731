import { expect, it } from 'vitest';
import type { Outlook } from '../../src/release/dependencies/dependency-manager.ts';
import { BACK_OFF, waitBeforeNextTry } from '../../src/release/next-try.ts';

/** The waits between tries that all end in the same way, in seconds. */
function waits(outlook: Outlook, tries: number): (number | null)[] {
  return Array.from({ length: tries }, (_, index) => {
    const ms = waitBeforeNextTry(Array<Outlook>(index + 1).fill(outlook), BACK_OFF);
    return ms && ms / 1000;
  });
}

it('tries without an end what passes, six times what may, and once what does not', () => {
  expect(waits('transient', 9)).toEqual([5, 10, 20, 40, 80, 160, 320, 600, 600]);
  expect(waits('uncertain', 6)).toEqual([15, 60, 240, 960, 3840, null]);
  expect(waits('permanent', 1)).toEqual([null]);
});

it('counts anew after a server that was away, and gives up what turns out to be lasting', () => {
  const failures: Outlook[] = ['uncertain', 'uncertain', 'transient', 'uncertain'];
  expect(waitBeforeNextTry(failures, BACK_OFF)).toBe(15_000);
  expect(waitBeforeNextTry([...failures, 'permanent'], BACK_OFF)).toBeNull();
});
