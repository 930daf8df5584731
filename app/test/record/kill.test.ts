import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { faultsIn } from './stored-runs.ts';
import { startSupervisor } from './supervisor-process.ts';
import { query, startTestServer, type TestServer } from './test-database.ts';

const LINES = 20;

describe('a supervisor that is killed', () => {
  let server: TestServer;
  let stateDir: string;

  beforeAll(async () => {
    server = await startTestServer();
    stateDir = await mkdtemp(join(tmpdir(), 'gitcron-kill-'));
  });
  afterAll(async () => {
    await server.stop();
    await rm(stateDir, { recursive: true });
  });

  it('25 times at random instants loses, doubles and changes no finished run', async () => {
    const databaseUrl = await server.createDatabase();
    const options = {
      stateDir,
      databaseUrl,
      journalLimitBytes: 64 * 1024 * 1024,
      runs: 0,
      linesPerRun: LINES,
      pauseMs: 1,
      logFile: join(stateDir, 'log'),
    };
    const finished: string[] = [];
    for (let round = 0; round < 25; round += 1) {
      const supervisor = startSupervisor(options);
      // After the start, the instant of the kill is as random as the work then at hand: a number
      // of runs between none and what is enough for several batches to be shipped.
      await supervisor.hasFinished(1 + Math.floor(Math.random() * 200));
      await supervisor.end('SIGKILL');
      finished.push(...supervisor.finished);
    }
    const last = startSupervisor({ ...options, runs: 1 });
    await last.ended;
    finished.push(...last.finished);

    expect(finished.length).toBeGreaterThan(25);
    expect(new Set(finished).size).toBe(finished.length);
    expect(await faultsIn(databaseUrl, finished, LINES)).toEqual([]);
    const { rows } = await query(
      databaseUrl,
      `SELECT run_id, status, (SELECT string_agg(status, ' ') FROM gitcron.attempts
         WHERE attempts.run_id = runs.run_id) AS attempts
       FROM gitcron.runs WHERE run_id <> ALL ($1)`,
      [finished],
    );
    // A run may have finished a moment before the kill without having been able to say so.
    const cutOff = rows.filter(({ status }) => status === 'lost');
    expect(rows.length).toBeLessThanOrEqual(25);
    expect(cutOff.length).toBeGreaterThan(0);
    for (const row of rows) {
      expect(['lost', 'succeeded', 'failed']).toContain(row.status);
      // Its attempt may have been over, and told so, a moment before.
      expect(['lost', 'succeeded', 'failed', null]).toContain(row.attempts);
    }
    expect(await readFile(options.logFile, 'utf8')).not.toContain('GITCRON_E_');
  }, 240_000);
});
