/**
 * How fast a job's output becomes JSON lines of the log: ours against a peer's, in turn.
 *
 *   SUPERCRONIC=/path/to/supercronic node bench/output.ts [ROUNDS] [LINES]
 *
 * One job writes LINES lines of 100 bytes. Measured is the time from the first of them to the last
 * at the reader's end of the log, and the memory that the program needed at most (Linux).
 * GITCRON names another program to measure, as words separated by spaces.
 */
import type { StdioOptions } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onCrontab, OURS, PEER, type CronProgram } from './cron-programs.ts';
import { median } from './median.ts';

const ROUNDS = Number(process.argv[2] ?? 3);
const LINES = Number(process.argv[3] ?? 1_000_000);

interface Measured {
  readonly seconds: number;
  readonly peakMegabytes: number;
}

/** One job whose first run writes all the lines. */
function crontab(directory: string): string {
  const output = join(directory, 'output');
  writeFileSync(output, `${'x'.repeat(99)}\n`.repeat(LINES));
  // Every second, so that it begins soon; only the first run is looked at.
  return `* * * * * * * test -e ${directory}/begun || (touch ${directory}/begun; cat ${output})\n`;
}

async function measure(program: readonly string[]): Promise<Measured> {
  const environment = { ...process.env, LOG_FORMAT: 'json' };
  const stdio = ['ignore', 'pipe', 'pipe'] satisfies StdioOptions;
  return onCrontab(program, { crontab, environment, stdio }, async ({ child }) => {
    const seconds = await readLines(child);
    return { seconds, peakMegabytes: peakMemory(child.pid ?? 0) };
  });
}

/** @returns the seconds from the first line of output to the last. */
function readLines({ stdout, stderr }: CronProgram['child']): Promise<number> {
  return new Promise((resolve) => {
    let lines = 0;
    let firstAt = 0;
    const count = (chunk: Buffer): void => {
      // A line of output is known by its text: neither program writes this of its own accord.
      if (firstAt === 0 && chunk.includes('xxxxxxxx')) firstAt = performance.now();
      if (firstAt === 0) return;
      for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) lines += 1;
      if (lines >= LINES) resolve((performance.now() - firstAt) / 1000);
    };
    stdout?.on('data', count);
    stderr?.on('data', count);
  });
}

/** VmHWM of proc_pid_status(5). */
function peakMemory(pid: number): number {
  const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(peak) / 1024;
}

function report(name: string, rounds: readonly Measured[]): number {
  const seconds = median(rounds.map((round) => round.seconds));
  const memory = median(rounds.map((round) => round.peakMegabytes));
  console.log(`  ${name.padEnd(8)} ${seconds.toFixed(2)} s, at most ${memory.toFixed(0)} MB`);
  return seconds;
}

const ours: Measured[] = [];
const peers: Measured[] = [];
for (let round = 0; round < ROUNDS; round += 1) {
  ours.push(await measure(OURS));
  if (PEER !== undefined) peers.push(await measure([...PEER, '-json']));
}
console.log(`${LINES} lines of 100 bytes as JSON, medians of ${ROUNDS} rounds:`);
const seconds = report('gitcron', ours);
if (PEER !== undefined) {
  const ratio = seconds / report('peer', peers);
  console.log(`  ratio: ${ratio.toFixed(2)} (wanted: at most 0.20)`);
}
