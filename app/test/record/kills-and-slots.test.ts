import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { GitcronProcess } from '../gitcron-process.ts';
import { until } from '../../../base/test/until.ts';
import { query, startTestServer, type TestServer } from './test-database.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

/** For failures only: on a busy machine the last one has much to make up for. */
const LIMIT_MS = 120_000;

const JOBS = Array.from({ length: 6 }, (_, index) => ({
  name: `j${index}`,
  overlap: index % 3 === 0 ? 'skip' : 'queue',
  lasts: index % 2 === 0 ? 0 : 0.4,
}));

/** What a process did, as it says itself. */
interface Done {
  readonly job: string;
  readonly slot: number;
  readonly runId: string;
}

/** What history says. */
interface Told {
  readonly job: string;
  readonly slot: number;
  readonly run_id: string;
  readonly status: string;
  readonly reason: string;
}

/** A house of its own, which is killed and started again. */
class Scene {
  readonly directory = mkdtempSync(join(tmpdir(), 'gitcron-kills-'));
  readonly databaseUrl: string;

  constructor(databaseUrl: string) {
    this.databaseUrl = databaseUrl;
    mkdirSync(join(this.directory, 'source/app'), { recursive: true });
    mkdirSync(join(this.directory, 'done'));
    const blocks = JOBS.map(
      ({ name, overlap, lasts }) =>
        `# @name ${name}\n# @catchup all\n# @overlap ${overlap}\n* * * * * * * echo "$GITCRON_SCHEDULED_AT $GITCRON_RUN_ID" >> ${this.directory}/done/$GITCRON_JOB; sleep ${lasts}\n`,
    );
    writeFileSync(join(this.directory, 'source/app/crontab.txt'), blocks.join(''));
  }

  /** @param concurrency with 2, runs wait for their turn; with many, they catch up. */
  start(concurrency: number): GitcronProcess {
    return new GitcronProcess(['supervise'], {
      cwd: this.directory,
      env: {
        SOURCE_DIR: join(this.directory, 'source'),
        STATE_DIR: join(this.directory, 'state'),
        GITCRON_DATABASE_URL: this.databaseUrl,
        JOB_CONCURRENCY: String(concurrency),
        HTTP_PORT: '0',
        TZ: 'UTC',
      },
    });
  }

  done(): Done[] {
    const place = join(this.directory, 'done');
    return readdirSync(place).flatMap((job) =>
      readFileSync(join(place, job), 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => {
          const [slot = '', runId = ''] = line.split(' ');
          return { job, slot: Date.parse(slot), runId };
        }),
    );
  }

  async told(): Promise<Told[]> {
    const { rows } = await query(
      this.databaseUrl,
      `SELECT job, run_id, status, reason, (extract(epoch FROM scheduled_at) * 1000)::float8 AS slot
       FROM gitcron.runs`,
    );
    return rows;
  }
}

/** What is wrong with the slots up to an instant: neither run once nor explained, or told falsely. */
function faultsIn(done: readonly Done[], told: readonly Told[], killedAt: number): string[] {
  const doneOf = Map.groupBy(done, ({ job, slot }) => `${job} ${slot}`);
  const toldOf = Map.groupBy(told, ({ job, slot }) => `${job} ${slot}`);
  const slots = JOBS.flatMap(({ name }) => {
    const first = Math.min(...told.filter(({ job }) => job === name).map(({ slot }) => slot));
    const count = Math.max(0, Math.floor((killedAt - first) / 1000) + 1);
    return Array.from({ length: count }, (_, index) => `${name} ${first + index * 1000}`);
  });
  const wrongSlots = slots.flatMap((slot) => {
    const times = doneOf.get(slot)?.length ?? 0;
    // It had begun, and was killed with its supervisor before it could write; or it had no turn.
    const isExplained = (toldOf.get(slot) ?? []).some(
      ({ status, reason }) =>
        status === 'skipped' || (status === 'lost' && reason.includes('while it ran')),
    );
    return times === 1 || (times === 0 && isExplained) ? [] : [`${slot} ran ${times} times`];
  });
  const doneRuns = new Set(done.map(({ runId }) => runId));
  const toldRuns = new Set(told.map(({ run_id: runId }) => runId));
  return [
    ...wrongSlots,
    ...done.filter(({ runId }) => !toldRuns.has(runId)).map(({ runId }) => `${runId} is not told`),
    ...told
      .filter(({ status, run_id: runId }) => status === 'succeeded' && !doneRuns.has(runId))
      .map(({ run_id: runId }) => `${runId} succeeded without a process`),
    ...told
      .filter(
        ({ status, slot }) => slot <= killedAt && (status === 'queued' || status === 'running'),
      )
      .map(({ run_id: runId, status }) => `${runId} is ${status}`),
  ];
}

/** @returns how many runs waited for their turn at a kill. */
async function killAndCompare(upMs: readonly number[]): Promise<number> {
  const scene = new Scene(await server.createDatabase());
  try {
    for (const ms of upMs) {
      const supervisor = scene.start(2);
      await supervisor.sees(/jobs are scheduled/);
      await pause(ms);
      supervisor.child.kill('SIGKILL');
      await supervisor.end();
    }
    const killedAt = Date.now();
    await using last = scene.start(20);
    // Without a run nothing would be wrong.
    await last.sees(/started \(schedule/, 0, LIMIT_MS);
    const faults = async () => faultsIn(scene.done(), await scene.told(), killedAt);
    let found: readonly string[] = [];
    await until(
      async () => (found = await faults()).length === 0,
      () => `no fault, but ${found.join('\n')}\n${last.output}`,
      LIMIT_MS,
    );
    last.child.kill('SIGTERM');
    expect(await last.end()).toBe(0);
    // Nothing came twice a moment later.
    expect(await faults()).toEqual([]);
    const told = await scene.told();
    return told.filter(({ reason }) => reason.includes('before it began')).length;
  } finally {
    rmSync(scene.directory, { recursive: true, force: true });
  }
}

it('kill -9 at random instants, with runs that wait: each slot ran once or is explained, as history says', async () => {
  const lives = fc.array(fc.integer({ min: 50, max: 2500 }), { minLength: 3, maxLength: 3 });
  const [first, ...others] = fc.sample(lives, Number(process.env['KILL_SEEDS'] ?? 3));
  if (first === undefined) throw new Error('no seed');
  const scenes = [first, ...others].map(killAndCompare);
  // One that fails takes the database from none of the others.
  await Promise.allSettled(scenes);
  const waited = await Promise.all(scenes);
  expect(Math.max(...waited)).toBeGreaterThan(0);
}, 300_000);
