/**
 * What it costs to wait: CPU time and memory of a program with jobs none of which is due.
 *
 *   SUPERCRONIC=/path/to/supercronic node bench/idle.ts [SECONDS] [JOBS]
 *
 * Read from /proc, so Linux only. GITCRON names another program to measure, as words separated by
 * spaces.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const SECONDS = Number(process.argv[2] ?? 60);
const JOBS = Number(process.argv[3] ?? 100);
const SETTLE_MS = 5000;
/** USER_HZ: the unit of times in /proc, 100 a second on every Linux. */
const TICK_MS = 10;
const OURS = (process.env['GITCRON'] ?? `${process.execPath} app/bin/gitcron.js cron`).split(' ');
const PEER = process.env['SUPERCRONIC']?.split(' ');

interface Cost {
  readonly cpuMs: number;
  readonly megabytes: number;
}

async function measure(program: readonly string[]): Promise<Cost> {
  const directory = mkdtempSync(join(tmpdir(), 'bench-idle-'));
  const crontab = join(directory, 'crontab');
  // Half a year away, so that nothing is due while we look.
  const month = ((new Date().getMonth() + 6) % 12) + 1;
  writeFileSync(crontab, `0 3 1 ${month} * true\n`.repeat(JOBS));
  const [command = '', ...words] = program;
  const child = spawn(command, [...words, crontab], {
    stdio: 'ignore',
    env: { ...process.env, TZ: 'UTC', XDG_STATE_HOME: directory },
  });
  const exited = new Promise((resolve) => void child.once('exit', resolve));
  const pid = child.pid ?? 0;
  await pause(SETTLE_MS);
  const before = cpuMs(pid);
  await pause(SECONDS * 1000);
  const cost = { cpuMs: cpuMs(pid) - before, megabytes: residentMegabytes(pid) };
  child.kill();
  await exited;
  rmSync(directory, { recursive: true });
  return cost;
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
