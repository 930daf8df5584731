/**
 * How late jobs start that are due at one instant: ours against a peer's, in turn.
 *
 *   SUPERCRONIC=/path/to/supercronic node bench/dispatch.ts [ROUNDS [CROWDS]]
 *
 * CROWDS says how many jobs are due at one instant, such as 1,50,200,1000.
 *
 * A job writes the time as its first act: in bash, which knows the time, so that this is the job's
 * own first instruction; and by date(1) from sh, which has a program's start in it that is the same
 * for everybody. Lateness is that time less the slot, in milliseconds. GITCRON names another
 * program to measure, as words separated by spaces.
 */
import type { StdioOptions } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { onCrontab, OURS, PEER } from './cron-programs.ts';
import { quantile } from './median.ts';

const FIRINGS = 3;
const ROUNDS = Number(process.argv[2] ?? 3);
const CROWDS = (process.argv[3] ?? '1,50,200,1000').split(',').map(Number);

/** Between two instants, and before the first that counts: a large crowd takes its time to be over. */
const periodOf = (jobs: number): number => (jobs > 200 ? 30 : 6);
const settleOf = (jobs: number): number => (jobs > 200 ? 24 : 4);

interface Kind {
  readonly name: string;
  readonly shell: string;
  readonly command: string;
  /** What the ratio of the p99 is to be at most. */
  readonly wanted: number | null;
}

const KINDS: readonly Kind[] = [
  {
    name: 'first instruction (bash)',
    shell: '/bin/bash',
    command: 'echo $EPOCHREALTIME',
    wanted: 0.3,
  },
  { name: 'first program (sh, date)', shell: '/bin/sh', command: 'date +%s.%N', wanted: null },
];

/** Where jobs write when they began. */
const timesIn = (directory: string) => join(directory, 'times');

/** Starts the program on a crontab of `jobs` jobs; returns how late each start was, by instant. */
async function measure(
  program: readonly string[],
  jobs: number,
  { shell, command }: Kind,
): Promise<number[][]> {
  const [period, settle] = [periodOf(jobs), settleOf(jobs)];
  const crontab = (directory: string): string => {
    const times = timesIn(directory);
    writeFileSync(times, '');
    const line = (job: number) => `*/${period} * * * * * * ${command} >>${times} # ${job}\n`;
    return `SHELL=${shell}\n${Array.from({ length: jobs }, (_, job) => line(job)).join('')}`;
  };
  // As small as in a container; the size of it is part of what starting a program costs.
  const environment = { PATH: '/usr/bin:/bin', JOB_CONCURRENCY: '1000' };
  const stdio = ['ignore', 'ignore', 'inherit'] satisfies StdioOptions;
  // The first slots may find a program that has hardly started; neither is judged by these.
  const settledAt = Date.now() / 1000 + settle;
  const wanted = jobs * FIRINGS;
  const deadline = Date.now() + (settle + (FIRINGS + 2) * period) * 1000;
  const starts = await onCrontab(
    program,
    { crontab, environment, stdio },
    async ({ child, directory }) => {
      let found: number[] = [];
      while (
        found.length < wanted &&
        Date.now() < deadline &&
        child.exitCode === null &&
        child.signalCode === null
      ) {
        await pause(500);
        const all = readFileSync(timesIn(directory), 'utf8').split('\n').filter(Boolean);
        found = all.map(Number).filter((time) => time - (time % period) >= settledAt);
      }
      return found;
    },
  );
  if (starts.length < wanted) {
    throw new Error(`${program.join(' ')}: ${starts.length} of ${wanted} starts`);
  }
  const slots = Map.groupBy(starts.slice(0, wanted), (time) => time - (time % period));
  return [...slots.values()].map((slot) => slot.map((time) => (time % period) * 1000));
}

/** The quantiles of each instant, and of these the median: one bad moment of the machine is no result. */
function report(name: string, instants: readonly number[][]): number {
  const of = (share: number) =>
    quantile(
      instants.map((late) => quantile(late, share)),
      0.5,
    );
  const [median, p99] = [of(0.5), of(0.99)];
  console.log(`  ${name.padEnd(12)} median ${median.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`);
  return p99;
}

for (const kind of KINDS) {
  for (const jobs of CROWDS) {
    const ours: number[][] = [];
    const peers: number[][] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      ours.push(...(await measure(OURS, jobs, kind)));
      if (PEER !== undefined) peers.push(...(await measure(PEER, jobs, kind)));
    }
    console.log(
      `${jobs} jobs due at one instant, ${kind.name}, medians of ${ours.length} instants:`,
    );
    const p99 = report('gitcron', ours);
    if (PEER === undefined) continue;
    const ratio = p99 / report('peer', peers);
    const wanted = kind.wanted === null ? '' : ` (wanted: at most ${kind.wanted.toFixed(2)})`;
    console.log(`  ratio of the p99: ${ratio.toFixed(2)}${wanted}`);
  }
}
