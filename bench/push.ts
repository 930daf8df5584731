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
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { lstat, mkdir, mkdtemp, readlink, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { serveRepositories } from '../git-sync/test/support/git-http-backend.ts';
import { freePort, listenOnLoopback } from '../git-sync/test/support/loopback.ts';

const ROUNDS = Number(process.argv[2] ?? 9);
const WANTED_MS = 250;
const LIMIT_MS = 20_000;
const SECRET = 'a secret of the benchmark';
const fileAt = (path: string) => fileURLToPath(new URL(path, import.meta.url));

const directory = await mkdtemp(join(tmpdir(), 'gitcron-bench-push-'));
const work = join(directory, 'work');
const code = join(directory, 'code');
const git = (...args: string[]) =>
  execFileSync('git', args, {
    cwd: work,
    encoding: 'utf8',
    env: {
      PATH: process.env['PATH'],
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_AUTHOR_NAME: 'bench',
      GIT_AUTHOR_EMAIL: 'bench@example.test',
      GIT_COMMITTER_NAME: 'bench',
      GIT_COMMITTER_EMAIL: 'bench@example.test',
    },
  }).trim();

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
    GIT_SYNC_REPO: `http://127.0.0.1:${port}/origin.git`,
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
  execFileSync('chmod', ['-R', 'u+w', directory]);
  await rm(directory, { recursive: true, force: true });
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
  await mkdir(work);
  git('init', '--quiet', '--initial-branch=main');
  for (let index = 0; index < 100; index += 1) {
    await writeFile(join(work, `script-${index}.sh`), `echo ${index}\n`);
  }
  await mkdir(join(work, 'app'));
  await commit('first');
  git('clone', '--quiet', '--bare', work, join(directory, 'origin.git'));
  git('remote', 'add', 'origin', join(directory, 'origin.git'));
}

async function commit(name: string): Promise<void> {
  await writeFile(join(work, 'app/crontab.txt'), `# @name ${name}\n0 3 * * * true\n`);
  git('add', '--all');
  git('commit', '--quiet', `--message=${name}`);
}

async function measure(round: number, lines: Line[], webhookPort: number): Promise<Round> {
  const name = `round-${round}`;
  await commit(name);
  const revision = git('rev-parse', 'HEAD');
  const from = lines.length;
  git('push', '--quiet', 'origin', 'main');
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
  const median = (of: (round: Round) => number): number =>
    rounds.map(of).toSorted((a, b) => a - b)[Math.floor(rounds.length / 2)] ?? Number.NaN;
  const print = (what: string, of: (round: Round) => number) =>
    console.log(`  ${what.padEnd(52)} ${median(of).toFixed(0).padStart(5)} ms`);
  console.log(`From a push to its live schedule, medians of ${rounds.length} rounds:`);
  print('webhook, fetch, tree, link (git-sync)', ({ published }) => published);
  print('link swapped → noticed (app)', ({ noticed, published }) => noticed - published);
  print('noticed → copied, checked, current', ({ current, noticed }) => current - noticed);
  print('current → scheduled', ({ live, current }) => live - current);
  print(`in all (wanted: at most ${WANTED_MS})`, ({ live }) => live);
  console.log(`  slowest round ${Math.max(...rounds.map(({ live }) => live)).toFixed(0)} ms`);
}
