import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { holdVolume } from '../src/hold-volume.ts';
import { volumeAt } from '../src/volume.ts';
import { temporaryDirectory } from '../../base/test/temporary-directory.ts';

const RACER = fileURLToPath(new URL('support/lock-racer.ts', import.meta.url));
const RACERS = 8;
const ROUNDS = 25;

interface Racer {
  /** @returns `taken`, or the code of why not. */
  take(root: string): Promise<string>;
  kill(): Promise<void>;
}

function startRacer(): Racer {
  const child = spawn(process.execPath, [RACER], { stdio: ['pipe', 'pipe', 'inherit'] });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  onTestFinished(kill);
  return {
    take: async (root) => {
      child.stdin.write(`${root}\n`);
      return String((await answers.next()).value);
    },
    kill,
  };
}

test('of many that race for a dead one’s volume, one gets it', { timeout: 120_000 }, async () => {
  const directory = await temporaryDirectory();
  const roots = Array.from({ length: ROUNDS }, (_, round) => join(directory, `${round}`));
  const dead = startRacer();
  for (const root of roots) {
    await mkdir(root);
    expect(await dead.take(root)).toBe('taken');
  }
  await dead.kill();

  const racers = Array.from({ length: RACERS }, startRacer);
  const refused = Array<string>(RACERS - 1).fill('GITCRON_E_VOLUME_BUSY');
  for (const root of roots) {
    const answers = await Promise.all(racers.map((racer) => racer.take(root)));
    expect(answers.toSorted()).toEqual([...refused, 'taken']);
  }
});

test('leaves nothing behind, not even of a dead one', async () => {
  const root = await temporaryDirectory();
  const dead = startRacer();
  await dead.take(root);
  await dead.kill();
  const hold = await holdVolume(volumeAt(root), pino({ level: 'silent' }));
  expect(await readdir(root)).toHaveLength(2);
  await hold.release();
  expect(await readdir(root)).toEqual([]);
});

test('a volume whose path is too long for a socket is used without the lock', async () => {
  const volume = volumeAt(join(await temporaryDirectory(), 'x'.repeat(120)));
  await mkdir(volume.root);
  const hold = await holdVolume(volume, pino({ level: 'silent' }));
  await hold.release();
  expect(await readdir(volume.root)).toEqual([]);
});
