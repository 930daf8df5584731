/**
 * What a poll that finds nothing costs: CPU time of git-sync and of every process that it starts,
 * for a remote on this disk and for one over http on loopback. git-sync runs as in its container: with
 * Node's compile cache filled by a sync before (see git-sync/Dockerfile), and once without it.
 *
 *     node bench/sync-idle.ts
 *     GIT_SYNC_PEER=/usr/bin/git-sync node bench/sync-idle.ts
 *
 * Linux only: CPU times come from /proc. The peer was measured before at 34 ms and 13 to 15 processes.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { serveRepositories } from '../git-sync/test/support/git-http-backend.ts';
import { listenOnLoopback } from '../git-sync/test/support/loopback.ts';
import { openScene } from './scene.ts';

const POLLS = 40;
/** Polls before the measurement, in which Node compiles what it runs often. */
const WARM_UP = 5;
const MAIN = fileURLToPath(new URL('../git-sync/src/main.ts', import.meta.url));
const TICKS_PER_SECOND = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

await using scene = await openScene();
const { directory } = scene;
const origin = scene.origin.path;
await scene.origin.commit({}, 'first');
print('git-sync without a compile cache', await measureOurs(origin, {}));
const cache = { NODE_COMPILE_CACHE: join(directory, 'compile-cache') };
await fillCache(cache);
const ours = await measureOurs(origin, cache);
print('git-sync, remote on disk', ours);
const server = createServer(serveRepositories(directory));
const port = await listenOnLoopback(server);
const overHttp = await measureOurs(`http://127.0.0.1:${port}/origin`, cache);
print('git-sync, remote over http', overHttp);
server.closeAllConnections();
server.close();
const peer = process.env['GIT_SYNC_PEER'];
if (peer === undefined) {
  process.stdout.write('set GIT_SYNC_PEER to a git-sync binary to compare\n');
} else {
  const root = join(directory, 'theirs');
  const args = [`--repo=file://${origin}`, `--root=${root}`, '--link=current', '--ref=main'];
  const child = spawn(peer, [...args, '--period=1s'], { stdio: ['ignore', 'ignore', 'inherit'] });
  const theirs = await measure(child, join(root, 'current'));
  print('peer, remote on disk', theirs);
  process.stdout.write(`ratio ours/peer: ${(ours.cpuMs / theirs.cpuMs).toFixed(2)}\n`);
}

interface Cost {
  /** Of git-sync and its ended children, for each poll. */
  readonly cpuMs: number;
  /** Of git-sync's own process. */
  readonly ownMs: number;
}

type Environment = Readonly<Record<string, string>>;

function startOurs(repository: string, environment: Environment): ChildProcess {
  return spawn(process.execPath, [MAIN], {
    stdio: 'ignore',
    env: {
      PATH: process.env['PATH'],
      GIT_SYNC_REPO: repository,
      GIT_SYNC_ROOT: join(directory, 'code'),
      GIT_SYNC_WAIT: '1',
      LOG_LEVEL: 'silent',
      ...environment,
    },
  });
}

/** Node writes the cache when a process ends by itself. */
async function fillCache(environment: Environment): Promise<void> {
  await once(startOurs(origin, { ...environment, GIT_SYNC_ONCE: 'true' }), 'exit');
}

async function measureOurs(repository: string, environment: Environment): Promise<Cost> {
  await rm(join(directory, 'code'), { recursive: true, force: true });
  return measure(startOurs(repository, environment), join(directory, 'code', 'current'));
}

async function measure(child: ChildProcess, link: string): Promise<Cost> {
  const { pid } = child;
  if (pid === undefined) throw new Error('it could not be started');
  try {
    while (!existsSync(link)) {
      if (hasEnded(child)) throw new Error('it ended before it had published anything');
      await setTimeout(50);
    }
    await setTimeout(WARM_UP * 1000);
    const before = await cpuTicks(pid);
    await setTimeout(POLLS * 1000);
    const after = await cpuTicks(pid);
    const perPoll = (ticks: number) => ((ticks / TICKS_PER_SECOND) * 1000) / POLLS;
    return {
      cpuMs: perPoll(after.own - before.own + after.children - before.children),
      ownMs: perPoll(after.own - before.own),
    };
  } finally {
    if (!hasEnded(child)) {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    }
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** proc(5), /proc/PID/stat: utime, stime, cutime and cstime, behind the name in parentheses. */
async function cpuTicks(pid: number): Promise<{ own: number; children: number }> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const [utime = 0, stime = 0, cutime = 0, cstime = 0] = fields.slice(11, 15);
  return { own: utime + stime, children: cutime + cstime };
}

function print(what: string, { cpuMs, ownMs }: Cost): void {
  const children = (cpuMs - ownMs).toFixed(1);
  process.stdout.write(
    `${what}: ${cpuMs.toFixed(1)} ms of CPU a poll (${ownMs.toFixed(1)} its own, ${children} git's)\n`,
  );
}
