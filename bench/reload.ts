/**
 * What a new crontab costs while a long job runs: ours against a peer, in turn.
 *
 *   SUPERCRONIC=/path/to/supercronic node bench/reload.ts [ROUNDS]
 *
 * A job of every second writes the time, another one sleeps for eight seconds. While it sleeps, the
 * crontab gets a further job and the program its signal. Measured are the time until the new job's
 * first start, and the longest pause between two starts of the job of every second.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

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
  words: (process.env['GITCRON'] ?? `${process.execPath} app/bin/gitcron.js cron`).split(' '),
  reloadSignal: 'SIGHUP',
};
const peer: Program | null =
  process.env['SUPERCRONIC'] === undefined
    ? null
    : { name: 'peer', words: process.env['SUPERCRONIC'].split(' '), reloadSignal: 'SIGUSR2' };

async function measure({ words, reloadSignal }: Program): Promise<Measured> {
  const directory = mkdtempSync(join(tmpdir(), 'bench-reload-'));
  const [ticks, slept, added] = ['ticks', 'slept', 'added'].map((name) => join(directory, name));
  const crontab = join(directory, 'crontab');
  const before = `* * * * * * * date +%s.%N >>${ticks}\n*/15 * * * * * * touch ${slept}; sleep 8\n`;
  writeFileSync(crontab, before);
  const [command = '', ...args] = words;
  const child = spawn(command, [...args, crontab], {
    stdio: 'ignore',
    env: { ...process.env, TZ: 'UTC', XDG_STATE_HOME: directory },
  });
  const exited = new Promise((resolve) => void child.once('exit', resolve));
  try {
    await until(() => existsSync(slept ?? ''));
    const reloadedAt = Date.now();
    writeFileSync(crontab, `${before}* * * * * * * date +%s.%N >>${added}\n`);
    child.kill(reloadSignal);
    await until(() => existsSync(added ?? '') && timesIn(added ?? '').length >= 3);
    const [firstStart = Number.NaN] = timesIn(added ?? '');
    const starts = timesIn(ticks ?? '');
    const pauses = starts.slice(1).map((time, index) => time - (starts[index] ?? time));
    return { untilNewJobMs: firstStart - reloadedAt, longestPauseMs: Math.max(...pauses) };
  } finally {
    child.kill('SIGKILL');
    await exited;
    rmSync(directory, { recursive: true });
  }
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

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
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
