import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { FINAL_STATUSES, RUN_STATUSES, TRIGGERS } from '../../src/api/run.ts';

const ROOT = join(import.meta.dirname, '../../..');
const DEMO = join(ROOT, 'scripts/demo.ts');
const LAUNCHER = join(ROOT, 'app/bin/gitcron.js');
const MAKING_MS = 180_000;

let directory: string;
let state: string;
let said: string;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'gitcron-demo-'));
  state = join(directory, 'demo');
  ({ stdout: said } = await make(state));
}, MAKING_MS);

afterAll(() => rmSync(directory, { recursive: true, force: true }));

function make(where: string) {
  return execa(process.execPath, [DEMO, '--state', where, '--only-make'], {
    cwd: directory,
    reject: false,
  });
}

const runsSchema = z.object({
  items: z.array(
    z.object({
      job: z.string(),
      status: z.enum(RUN_STATUSES),
      trigger: z.enum(TRIGGERS),
      errorLine: z.string().nullable(),
      queuedAt: z.string(),
    }),
  ),
});

it(
  'comes up with its history, and the API tells it',
  async () => {
    expect(said).toMatch(/^[4-7],\d{3} runs of 8 commits/m);
    const before = Date.now();
    const demo = execa(process.execPath, [DEMO, '--state', state], {
      cwd: directory,
      reject: false,
      // What somebody's shell says of a database of their own is not for the demo.
      env: { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none', GIT_SYNC_BRANCH: 'elsewhere' },
    });
    await new Promise<void>((resolve, reject) => {
      demo.stdout.on('data', (text: Buffer) => {
        if (text.toString().includes('jobs are scheduled')) resolve();
      });
      void demo.then(({ stdout }) => reject(new Error(`It ended:\n${stdout}`)));
    });
    const gitcron = async (...args: string[]) => {
      const env = { STATE_DIR: join(state, 'state') };
      return (await execa(process.execPath, [LAUNCHER, ...args], { env })).stdout;
    };
    const runs = async (...filter: string[]) =>
      runsSchema.parse(JSON.parse(await gitcron('runs', '--json', ...filter))).items;

    for (const status of FINAL_STATUSES)
      expect(await runs('--status', status)).toContainEqual(expect.objectContaining({ status }));
    const [failed] = await runs('bank-statements', '--status', 'failed');
    expect(failed?.errorLine).toMatch(/^Error: /);
    const made = await runs('backup', '--limit', '40');
    expect(made.map(({ trigger }) => trigger)).toContain('catch_up');
    const [checked] = await runs('backup-check');
    expect(checked).toMatchObject({ trigger: 'after', status: 'succeeded' });
    expect(await runs('call-for-help')).toHaveLength(1);
    const oldest = Date.parse(made.at(-1)?.queuedAt ?? '');
    expect((before - oldest) / 86_400_000).toBeGreaterThan(28);
    expect(await gitcron('jobs')).toMatch(/^Finance\n[^]*^Imports\n[^]*^House\n/m);
    const releases = await gitcron('releases');
    expect(releases).toContain('Restore each backup, to see that it can be');
    demo.kill('SIGINT');
    expect((await demo).exitCode).toBe(0);
  },
  MAKING_MS,
);

it('is not made a second time', async () => {
  const { exitCode, stdout } = await make(state);
  expect([exitCode, stdout]).toEqual([0, '']);
});

it('leaves a directory alone that it did not make', async () => {
  const other = join(directory, 'other');
  mkdirSync(other);
  writeFileSync(join(other, 'mine'), '');
  const { exitCode, stderr } = await make(other);
  expect(exitCode).toBe(65);
  expect(stderr).toContain('stays as it is');
  expect(readdirSync(other)).toEqual(['mine']);
  expect(existsSync(join(directory, '.gitcron'))).toBe(false);
});
