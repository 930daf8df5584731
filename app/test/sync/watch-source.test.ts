import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { watchSource } from '../../src/sync/watch-source.ts';

/** Less than the quiet that a plain directory is given. */
const BETWEEN_MS = 40;
const SWAPS = 250;

let volume: string;
beforeEach(() => {
  volume = mkdtempSync(join(tmpdir(), 'gitcron-watch-'));
});
afterEach(() => rmSync(volume, { recursive: true }));

/** As git-sync does it: another link beside it, renamed into its place. */
function publish(round: number): void {
  const hash = round.toString(16).padStart(40, '0');
  mkdirSync(join(volume, 'revisions', hash), { recursive: true });
  symlinkSync(join('revisions', hash), join(volume, '.next'));
  renameSync(join(volume, '.next'), join(volume, 'current'));
}

test.each([
  ['in a volume', ''],
  ['the link itself', 'current'],
])('a link that is swapped all the time is looked at meanwhile: %s', async (_what, link) => {
  publish(0);
  const looks: number[] = [];
  const stop = await watchSource({
    source: { directory: join(volume, link), cronFile: 'app/crontab.txt' },
    pin: join(volume, 'pin.json'),
    pollMs: 3_600_000,
    logger: pino({ level: 'silent' }),
    look: () => void looks.push(Date.now()),
  });
  try {
    let swaps = 0;
    while (looks.length < 5 && swaps < SWAPS) {
      swaps += 1;
      publish(swaps);
      await pause(BETWEEN_MS);
    }
    expect(looks.length).toBeGreaterThanOrEqual(5);
  } finally {
    await stop();
  }
});

test('the pin is looked at as soon as it is there', async () => {
  publish(0);
  const looks: number[] = [];
  const stop = await watchSource({
    source: { directory: volume, cronFile: 'app/crontab.txt' },
    pin: join(volume, 'pin.json'),
    pollMs: 3_600_000,
    logger: pino({ level: 'silent' }),
    look: () => void looks.push(Date.now()),
  });
  try {
    for (let round = 0; looks.length < 5 && round < SWAPS; round += 1) {
      writeFileSync(join(volume, 'pin.new'), String(round));
      renameSync(join(volume, 'pin.new'), join(volume, 'pin.json'));
      await pause(BETWEEN_MS);
    }
    expect(looks.length).toBeGreaterThanOrEqual(5);
  } finally {
    await stop();
  }
});
