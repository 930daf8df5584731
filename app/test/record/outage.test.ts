import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { absent } from '@gitcron/base/absence';
import { faultsIn, withHistory } from './stored-runs.ts';
import { canMount, mountSmallDisk } from './small-disk.ts';
import { startSupervisor } from './supervisor-process.ts';
import { query, startTestServer, type EmbeddedServer, type TestServer } from './test-database.ts';
import type { WorkloadOptions } from './workload.ts';

// Servers are stopped and started, disks are filled.
vi.setConfig({ testTimeout: 180_000 });

const LINES = 20;
const MEBIBYTE = 1024 * 1024;

let server: TestServer;
let databaseUrl: string;
let stateDir: string;
const atEnd: (() => unknown)[] = [];

async function prepare(directory?: string): Promise<EmbeddedServer> {
  server = await startTestServer({ ownServer: true, ...(directory ? { directory } : {}) });
  atEnd.push(() => server.stop());
  databaseUrl = await server.createDatabase();
  if (server.embedded === null) throw new Error('this needs a server of its own');
  return server.embedded;
}

function workload(changes: Partial<WorkloadOptions> = {}): WorkloadOptions {
  return {
    stateDir,
    databaseUrl,
    journalLimitBytes: 64 * MEBIBYTE,
    runs: 0,
    linesPerRun: LINES,
    pauseMs: 5,
    logFile: join(stateDir, 'log'),
    ...changes,
  };
}

const logOf = (directory: string): Promise<string> => readFile(join(directory, 'log'), 'utf8');
const occurrences = (text: string, part: string): number => text.split(part).length - 1;

beforeEach(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'gitcron-outage-'));
  atEnd.push(() => rm(stateDir, { recursive: true }));
});
afterEach(async () => {
  for (const undo of atEnd.splice(0).toReversed()) await undo();
});

describe('history is complete', () => {
  it('when the database comes up after the supervisor', async () => {
    const postgres = await prepare();
    await postgres.stop();
    const supervisor = startSupervisor(workload());
    await supervisor.hasFinished(200);
    await postgres.start();
    await supervisor.hasFinished(400);
    await supervisor.end('SIGTERM');

    expect(await faultsIn(databaseUrl, supervisor.finished, LINES)).toEqual([]);
    expect(occurrences(await logOf(stateDir), 'GITCRON_E_RECORD_DATABASE')).toBe(1);
    expect(await logOf(stateDir)).toContain('the database is back');
  });

  it('when the database is restarted again and again in the middle of writes', async () => {
    const postgres = await prepare();
    const supervisor = startSupervisor(workload({ pauseMs: 1 }));
    for (let round = 1; round <= 5; round += 1) {
      await supervisor.hasFinished(round * 200);
      await postgres.stop();
      await supervisor.hasFinished(round * 200 + 50);
      await postgres.start();
    }
    await supervisor.end('SIGTERM');

    expect(await faultsIn(databaseUrl, supervisor.finished, LINES)).toEqual([]);
  });

  it('when the supervisor is killed and started again while the database is away', async () => {
    const postgres = await prepare();
    await postgres.stop();
    const finished: string[] = [];
    for (let round = 0; round < 3; round += 1) {
      const supervisor = startSupervisor(workload());
      await supervisor.hasFinished(50);
      await supervisor.end('SIGKILL');
      finished.push(...supervisor.finished);
    }
    await postgres.start();
    const last = startSupervisor(workload({ runs: 1 }));
    await last.ended;

    expect(await faultsIn(databaseUrl, [...finished, ...last.finished], LINES)).toEqual([]);
  });

  it.runIf(canMount)(
    'when the disk of the database was full (needs the right to mount)',
    async () => {
      const disk = mountSmallDisk(256);
      atEnd.push(() => disk.remove());
      const postgres = await prepare(disk.path);
      const supervisor = startSupervisor(workload({ linesPerRun: 200 }));
      await supervisor.hasFinished(20);
      disk.fill();
      // Until Postgres has refused writes for a while.
      const atFull = supervisor.finished.length;
      await supervisor.hasFinished(atFull + 500);
      await expect
        .poll(() => logOf(stateDir), { timeout: 20_000 })
        .toContain('GITCRON_E_RECORD_DATABASE');
      disk.relieve();
      // A full disk can take the server down; then somebody starts it again.
      await query(databaseUrl, 'SELECT 1').catch(() =>
        postgres.stop().then(() => postgres.start()),
      );
      await supervisor.hasFinished(atFull + 600);
      await supervisor.end('SIGTERM');

      expect(await faultsIn(databaseUrl, supervisor.finished, 200)).toEqual([]);
      expect(await logOf(stateDir)).toContain('the database is back');
    },
  );
});

describe('the journal', () => {
  it('stays within its limit by leaving out the oldest output, never a run, and says so', async () => {
    const postgres = await prepare();
    await postgres.stop();
    const journalLimitBytes = 4 * MEBIBYTE;
    const supervisor = startSupervisor(workload({ journalLimitBytes, linesPerRun: 500 }));
    await supervisor.hasFinished(300);
    const directory = join(stateDir, 'journal');
    expect(await sizeOf(directory)).toBeLessThanOrEqual(journalLimitBytes);
    await postgres.start();
    await supervisor.hasFinished(350);
    await supervisor.end('SIGTERM');

    expect(await faultsIn(databaseUrl, supervisor.finished, 500)).toEqual([]);
    const { finished } = supervisor;
    await withHistory(databaseUrl, async (history) => {
      const [first, last] = [finished.at(0) ?? '', finished.at(-1) ?? ''];
      expect(await history.run(first)).toMatchObject({ outputOmittedWhy: 'journal_full' });
      expect((await history.run(first))?.outputOmittedBytes).toBeGreaterThan(40_000);
      expect(await history.run(last)).toMatchObject({ outputOmittedBytes: 0 });
    });
    expect(occurrences(await logOf(stateDir), 'GITCRON_E_JOURNAL_FULL')).toBe(1);
  });

  it.runIf(canMount)(
    'keeps every run when its own disk is full (needs the right to mount)',
    async () => {
      const disk = mountSmallDisk(8);
      atEnd.push(() => disk.remove());
      const postgres = await prepare();
      await postgres.stop();
      const options = workload({
        stateDir: disk.path,
        linesPerRun: 500,
        logFile: join(stateDir, 'log'),
      });
      const supervisor = startSupervisor(options);
      // Far more output than the disk can hold, then no room at all.
      await supervisor.hasFinished(300);
      disk.fill();
      await supervisor.hasFinished(400);
      await postgres.start();
      await supervisor.hasFinished(450);
      disk.relieve();
      await supervisor.hasFinished(500);
      await supervisor.end('SIGTERM');

      expect(await faultsIn(databaseUrl, supervisor.finished, 500)).toEqual([]);
      expect(await logOf(stateDir)).toContain('GITCRON_E_JOURNAL_FULL');
    },
  );

  it('keeps everything when no file may grow beyond a limit', async () => {
    await prepare();
    // In units of 512 bytes: every journal file ends in the middle of a frame.
    const wrapper = ['sh', '-c', 'ulimit -f 129; exec "$@"', 'sh'];
    const supervisor = startSupervisor(workload({ linesPerRun: 100 }), wrapper);
    await supervisor.hasFinished(200);
    await supervisor.end('SIGTERM');

    expect(await faultsIn(databaseUrl, supervisor.finished, 100)).toEqual([]);
  });
});

async function sizeOf(directory: string): Promise<number> {
  const names = await readdir(directory, { recursive: true });
  const sizes = names.map(async (name) => {
    // The oldest may be left out while we count.
    const file = await stat(join(directory, name)).catch(absent);
    return file?.isFile() ? file.size : 0;
  });
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}
