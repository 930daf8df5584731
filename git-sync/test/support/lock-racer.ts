/**
 * Tries to take the lock of each directory that a line on stdin names, and keeps what it gets.
 *
 *     node lock-racer.ts
 */
import { createInterface } from 'node:readline';
import { pino } from 'pino';
import { CodedError } from '@gitcron/base/coded-error';
import { holdVolume } from '../../src/hold-volume.ts';
import { volumeAt } from '../../src/volume.ts';

const log = pino({ level: 'silent' });
for await (const root of createInterface({ input: process.stdin })) {
  const answer = await holdVolume(volumeAt(root), log).then(
    () => 'taken',
    (error: unknown) => (error instanceof CodedError ? error.code : String(error)),
  );
  process.stdout.write(`${answer}\n`);
}
