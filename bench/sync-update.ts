/**
 * How long from a push to the published tree: one file changed among 10,000 (200 MB) on this machine.
 *
 *     node bench/sync-update.ts
 *     GIT_SYNC_PEER=/usr/bin/git-sync node bench/sync-update.ts
 *
 * With GIT_SYNC_PEER, a kubernetes/git-sync binary is measured on the same repository in turn, and the
 * ratio of the medians is printed.
 */
import { spawn } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import { pino } from 'pino';
import { readSettings } from '../git-sync/src/settings.ts';
import { startSync } from '../git-sync/src/start-sync.ts';
import { median } from './median.ts';
import { openScene } from './scene.ts';

const FILES = 10_000;
const FILE_BYTES = 20_000;
const ROUNDS = 7;

await using scene = await openScene();
const { directory, origin } = scene;
await makeRepository();
const root = join(directory, 'code');
const { sync: settings } = readSettings({
  GIT_SYNC_REPO: origin.path,
  GIT_SYNC_ROOT: root,
  GIT_SYNC_WAIT: '3600',
  GIT_SYNC_HEALTH_SEC: '7200',
});
const sync = startSync({ settings, logger: pino({ level: 'silent' }) });
const first = await sync.syncNow();
if (!first.ok) throw first.error;
const cloneFrom = performance.now();
await origin.git(
  'clone',
  '--quiet',
  '--depth=1',
  `file://${origin.path}`,
  join(directory, 'plain'),
);
print('first publish', first.tookMs);
print('  a plain git clone of the same', performance.now() - cloneFrom);
const ours: number[] = [];
for (let round = 1; round <= ROUNDS; round += 1) {
  await change(round);
  const outcome = await sync.syncNow();
  if (!outcome.ok) throw outcome.error;
  ours.push(outcome.tookMs);
}
await sync.stop();
print(`one file of ${FILES} changed, median of ${ROUNDS}`, median(ours));
print('  slowest', Math.max(...ours));
const peer = process.env['GIT_SYNC_PEER'];
if (peer === undefined) {
  process.stdout.write('set GIT_SYNC_PEER to a git-sync binary to compare\n');
} else {
  const theirs = await measurePeer(peer);
  print('peer, median', median(theirs));
  process.stdout.write(`ratio ours/peer: ${(median(ours) / median(theirs)).toFixed(2)}\n`);
}

async function makeRepository(): Promise<void> {
  await origin.git('config', 'gc.auto', '0');
  for (let index = 0; index < FILES; index += 1) {
    const path = join(origin.path, `d${index % 100}`, `f${index}`);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, randomBytes(FILE_BYTES));
  }
  // Random bytes do not get smaller, but trying takes long.
  await origin.git('-c', 'core.compression=0', 'add', '--all');
  await origin.commit({}, 'first');
}

async function change(round: number): Promise<void> {
  await origin.commit({ 'd0/f0': `round ${round}\n` }, `round ${round}`);
}

/** From the push, of which the peer is told by SIGHUP, until its link shows the new content. */
async function measurePeer(binary: string): Promise<number[]> {
  const theirRoot = join(directory, 'peer');
  const child = spawn(
    binary,
    [
      `--repo=file://${origin.path}`,
      `--root=${theirRoot}`,
      '--link=current',
      '--period=1h',
      '--ref=main',
      '--sync-on-signal=SIGHUP',
    ],
    {
      stdio: 'ignore',
      env: { ...process.env, GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' },
    },
  );
  const shows = async (content: string) => {
    const deadline = Date.now() + 120_000;
    while (Date.now() < deadline) {
      const now = await readFile(join(theirRoot, 'current', 'd0', 'f0'), 'utf8').catch(() => '');
      if (now === content) return;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    throw new Error('the peer did not publish in 120 s');
  };
  await shows(`round ${ROUNDS}\n`);
  const times: number[] = [];
  for (let round = 1; round <= ROUNDS; round += 1) {
    await change(ROUNDS + round);
    const changedAt = performance.now();
    child.kill('SIGHUP');
    await shows(`round ${ROUNDS + round}\n`);
    times.push(performance.now() - changedAt);
  }
  child.kill('SIGTERM');
  return times;
}

function print(what: string, ms: number): void {
  process.stdout.write(`${what}: ${(ms / 1000).toFixed(2)} s\n`);
}
