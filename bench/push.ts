/**
 * How long from a push until its schedule is live: a git server over http on loopback, git-sync with
 * its webhook and a supervisor, each a process of its own, as in the stack.
 *
 *     node bench/push.ts [ROUNDS]
 *
 * The clock starts when the push is over, which is when a Git host sends its webhook. Where the time
 * goes is read from the link that git-sync swaps and from the supervisor's log. Only the crontab
 * changes, so nothing is installed.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { lstat, readlink } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { serveRepositories } from '../git-sync/test/support/git-http-backend.ts';
import { freePort, listenOnLoopback } from '../git-sync/test/support/loopback.ts';
import { median } from './median.ts';
import { openScene } from './scene.ts';

const ROUNDS = Number(process.argv[2] ?? 9);
const WANTED_MS = 250;
const LIMIT_MS = 20_000;
const SECRET = 'a secret of the benchmark';
const fileAt = (path: string) => fileURLToPath(new URL(path, import.meta.url));

await using scene = await openScene();
const { directory, origin } = scene;
const code = join(directory, 'code');

const logLine = z.object({
  time: z.iso.datetime().transform((time) => Date.parse(time)),
  msg: z.string(),
});

/** A line of the supervisor's log, and when we had it. */
interface Line extends z.infer<typeof logLine> {
  readonly seenAt: number;
}

/** Milliseconds, one after the other. */
interface Round {
  readonly published: number;
  readonly noticed: number;
  readonly current: number;
  readonly live: number;
}

const server = createServer(serveRepositories(directory));
const children: ChildProcess[] = [];
try {
  await makeRepository();
  const port = await listenOnLoopback(server);
  const webhookPort = await freePort();
  const cache = { NODE_COMPILE_CACHE: join(directory, 'compile-cache') };
  const gitSync = start([fileAt('../git-sync/src/main.ts')], {
    ...cache,
    GIT_SYNC_REPO: `http://127.0.0.1:${port}/served.git`,
    GIT_SYNC_ROOT: code,
    GIT_SYNC_WAIT: '3600',
    GIT_SYNC_HEALTH_SEC: '7200',
    GIT_SYNC_WEBHOOK_PORT: String(webhookPort),
    GIT_SYNC_WEBHOOK_SECRET: SECRET,
  });
  gitSync.stdout?.resume();
  const supervisor = start([fileAt('../app/bin/gitcron.js'), 'supervise'], {
    ...cache,
    SOURCE_DIR: code,
    STATE_DIR: join(directory, 'state'),
    HTTP_PORT: '0',
    // No look of its own within the measurement.
    POLL_SEC: '3600',
    LOG_FORMAT: 'json',
    TZ: 'UTC',
  });
  const lines: Line[] = [];
  createInterface({ input: supervisor.stdout ?? process.stdin }).on('line', (text) => {
    const { data } = logLine.safeParse(JSON.parse(text));
    if (data !== undefined) lines.push({ ...data, seenAt: Date.now() });
  });
  await lineAfter(lines, 0, /scheduled/);
  const rounds: Round[] = [];
  // The first one compiles what the others find compiled.
  for (let round = 0; round <= ROUNDS; round += 1) {
    const measured = await measure(round, lines, webhookPort);
    if (round > 0) rounds.push(measured);
    await pause(300);
  }
  report(rounds);
} finally {
  const exits = children.map(async (child) => child.exitCode === null && once(child, 'exit'));
  for (const child of children) child.kill('SIGTERM');
  await Promise.all(exits);
  server.closeAllConnections();
  server.close();
}

function start(words: readonly string[], environment: Record<string, string>): ChildProcess {
  const child = spawn(process.execPath, words, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env['PATH'], ...environment },
  });
  children.push(child);
  return child;
}

async function makeRepository(): Promise<void> {
  const scripts = Array.from({ length: 100 }, (_, index) => [
    `script-${index}.sh`,
    `echo ${index}\n`,
  ]);
  await origin.commit({ ...Object.fromEntries(scripts), ...crontabOf('first') }, 'first');
  const served = join(directory, 'served.git');
  await origin.git('clone', '--quiet', '--bare', '.', served);
  await origin.git('remote', 'add', 'origin', served);
}

function crontabOf(name: string): Record<string, string> {
  return { 'app/crontab.txt': `# @name ${name}\n0 3 * * * true\n` };
}

async function measure(round: number, lines: Line[], webhookPort: number): Promise<Round> {
  const name = `round-${round}`;
  const revision = await origin.commit(crontabOf(name), name);
  const from = lines.length;
  await origin.git('push', '--quiet', 'origin', 'main');
  const pushedAt = Date.now();
  const body = JSON.stringify({ after: revision });
  const signature = createHmac('sha256', SECRET).update(body).digest('hex');
  const { status } = await fetch(`http://127.0.0.1:${webhookPort}/webhook`, {
    method: 'POST',
    headers: { 'x-hub-signature-256': `sha256=${signature}` },
    body,
  });
  if (status !== 202) throw new Error(`the webhook was answered with ${status}`);
  const live = await lineAfter(lines, from, new RegExp(`scheduled: added ${name}`));
  const noticed = await lineAfter(lines, from, new RegExp(`New revision ${revision.slice(0, 7)}`));
  const current = await lineAfter(lines, from, /is current/);
  if (!(await readlink(join(code, 'current'))).includes(revision)) throw new Error('another link');
  return {
    published: (await lstat(join(code, 'current'))).ctimeMs - pushedAt,
    noticed: noticed.time - pushedAt,
    current: current.time - pushedAt,
    live: live.seenAt - pushedAt,
  };
}

async function lineAfter(lines: readonly Line[], from: number, wanted: RegExp): Promise<Line> {
  const giveUpAt = Date.now() + LIMIT_MS;
  for (;;) {
    const found = lines.slice(from).find(({ msg }) => wanted.test(msg));
    if (found !== undefined) return found;
    if (Date.now() > giveUpAt) throw new Error(`no line ${wanted} within ${LIMIT_MS} ms`);
    await pause(5);
  }
}

function report(rounds: readonly Round[]): void {
  const print = (what: string, of: (round: Round) => number) =>
    console.log(`  ${what.padEnd(52)} ${median(rounds.map(of)).toFixed(0).padStart(5)} ms`);
  console.log(`From a push to its live schedule, medians of ${rounds.length} rounds:`);
  print('webhook, fetch, tree, link (git-sync)', ({ published }) => published);
  print('link swapped → noticed (app)', ({ noticed, published }) => noticed - published);
  print('noticed → copied, checked, current', ({ current, noticed }) => current - noticed);
  print('current → scheduled', ({ live, current }) => live - current);
  print(`in all (wanted: at most ${WANTED_MS})`, ({ live }) => live);
  console.log(`  slowest round ${Math.max(...rounds.map(({ live }) => live)).toFixed(0)} ms`);
}
