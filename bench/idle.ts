/**
 * What it costs to wait: CPU time and memory of a program with jobs none of which is due.
 *
 *   SUPERCRONIC=/path/to/supercronic node bench/idle.ts [SECONDS] [JOBS]
 *
 * Read from /proc, so Linux only. GITCRON names another program to measure, as words separated by
 * spaces.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { onCrontab, OURS, PEER } from './cron-programs.ts';

const SECONDS = Number(process.argv[2] ?? 60);
const JOBS = Number(process.argv[3] ?? 100);
const SETTLE_MS = 5000;
/** USER_HZ: the unit of times in /proc, 100 a second on every Linux. */
const TICK_MS = 10;

interface Cost {
  readonly cpuMs: number;
  readonly megabytes: number;
}

async function measure(program: readonly string[]): Promise<Cost> {
  // Half a year away, so that nothing is due while we look.
  const month = ((new Date().getMonth() + 6) % 12) + 1;
  const crontab = () => `0 3 1 ${month} * true\n`.repeat(JOBS);
  return onCrontab(program, { crontab }, async ({ child: { pid = 0 } }) => {
    await pause(SETTLE_MS);
    const before = cpuMs(pid);
    await pause(SECONDS * 1000);
    return { cpuMs: cpuMs(pid) - before, megabytes: residentMegabytes(pid) };
  });
}

/** utime and stime of proc_pid_stat(5). */
function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1)?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

function residentMegabytes(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes) / 1024;
}

function report(name: string, { cpuMs: cpu, megabytes }: Cost): number {
  const perMinute = (cpu * 60) / SECONDS;
  console.log(
    `  ${name.padEnd(8)} ${perMinute.toFixed(0)} ms CPU a minute, ${megabytes.toFixed(0)} MB`,
  );
  return perMinute;
}

console.log(`${JOBS} jobs, none due, ${SECONDS} s:`);
const [ours, peer] = await Promise.all([measure(OURS), PEER && measure(PEER)]);
const cpu = report('gitcron', ours);
if (peer) {
  const peerCpu = report('peer', peer);
  console.log(`  gitcron uses ${(cpu - peerCpu).toFixed(0)} ms a minute more, of 60,000`);
}
