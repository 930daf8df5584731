/**
 * What a new crontab costs while a long job runs: ours against a peer, in turn.
 *
 *   SUPERCRONIC=/path/to/supercronic node bench/reload.ts [ROUNDS]
 *
 * A job of every second writes the time, another one sleeps for eight seconds. While it sleeps, the
 * crontab gets a further job and the program its signal. Measured are the time until the new job's
 * first start, and the longest pause between two starts of the job of every second.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { onCrontab, OURS, PEER } from './cron-programs.ts';
import { median } from './median.ts';

const ROUNDS = Number(process.argv[2] ?? 3);
const LIMIT_MS = 40_000;

interface Program {
  readonly name: string;
  readonly words: readonly string[];
  readonly reloadSignal: NodeJS.Signals;
}

interface Measured {
  readonly untilNewJobMs: number;
  readonly longestPauseMs: number;
}

const ours: Program = {
  name: 'gitcron',
  words: OURS,
  reloadSignal: 'SIGHUP',
};
const peer: Program | null =
  PEER === undefined ? null : { name: 'peer', words: PEER, reloadSignal: 'SIGUSR2' };

function before(directory: string): string {
  return `* * * * * * * date +%s.%N >>${directory}/ticks\n*/15 * * * * * * touch ${directory}/slept; sleep 8\n`;
}

async function measure({ words, reloadSignal }: Program): Promise<Measured> {
  return onCrontab(
    words,
    { crontab: before, endBy: 'SIGKILL' },
    async ({ child, directory, crontab }) => {
      await until(() => existsSync(join(directory, 'slept')));
      const reloadedAt = Date.now();
      const added = join(directory, 'added');
      writeFileSync(crontab, `${before(directory)}* * * * * * * date +%s.%N >>${added}\n`);
      child.kill(reloadSignal);
      await until(() => existsSync(added) && timesIn(added).length >= 3);
      const [firstStart = Number.NaN] = timesIn(added);
      const starts = timesIn(join(directory, 'ticks'));
      const pauses = starts.slice(1).map((time, index) => time - (starts[index] ?? time));
      return { untilNewJobMs: firstStart - reloadedAt, longestPauseMs: Math.max(...pauses) };
    },
  );
}

function timesIn(file: string): number[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((time) => Number(time) * 1000);
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + LIMIT_MS;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`not within ${LIMIT_MS} ms`);
    await pause(20);
  }
}

function report({ name }: Program, rounds: readonly Measured[]): Measured {
  const untilNewJobMs = median(rounds.map((round) => round.untilNewJobMs));
  const longestPauseMs = median(rounds.map((round) => round.longestPauseMs));
  console.log(
    `  ${name.padEnd(8)} new job after ${untilNewJobMs.toFixed(0)} ms, longest pause of the job of every second ${longestPauseMs.toFixed(0)} ms`,
  );
  return { untilNewJobMs, longestPauseMs };
}

const oursRounds: Measured[] = [];
const peerRounds: Measured[] = [];
for (let round = 0; round < ROUNDS; round += 1) {
  oursRounds.push(await measure(ours));
  if (peer !== null) peerRounds.push(await measure(peer));
}
console.log(`A new crontab while a job of eight seconds runs, medians of ${ROUNDS} rounds:`);
const mine = report(ours, oursRounds);
if (peer !== null) {
  const theirs = report(peer, peerRounds);
  console.log(
    `  ratios: new job ${(mine.untilNewJobMs / theirs.untilNewJobMs).toFixed(2)}, pause ${(mine.longestPauseMs / theirs.longestPauseMs).toFixed(2)}`,
  );
}
