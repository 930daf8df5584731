import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readHeartbeat, type Heartbeat } from '../src/state/heartbeat-file.ts';
import { readSettings } from '../src/config/settings.ts';
import { freePort } from '../src/local/free-port.ts';
import { createLog } from '@gitcron/base/log';
import { startSupervisor } from '../src/main.ts';
import { takeSupervisorLock } from '../src/state/supervisor-lock.ts';
import { GitcronProcess } from './gitcron-process.ts';

let directory: string;
let state: string;
let databaseUrl: string;
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'gitcron-start-'));
  state = join(directory, 'state');
  mkdirSync(join(directory, 'source/app'), { recursive: true });
  mkdirSync(state);
  // Nobody listens there: history waits in the journal.
  databaseUrl = `postgres://gitcron:a-password@127.0.0.1:${await freePort()}/gitcron`;
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function environment(): Record<string, string> {
  return {
    SOURCE_DIR: join(directory, 'source'),
    STATE_DIR: state,
    GITCRON_DATABASE_URL: databaseUrl,
    HTTP_PORT: '0',
    POLL_SEC: '1',
    TZ: 'UTC',
  };
}

function supervise(): GitcronProcess {
  return new GitcronProcess(['supervise'], { cwd: directory, env: environment() });
}

function heartbeat(): Promise<Heartbeat | null> {
  return readHeartbeat(join(state, 'heartbeat.json')).catch(() => null);
}

function writeCrontab(): void {
  writeFileSync(join(directory, 'source/app/crontab.txt'), '# @name job\n@manual true\n');
}

it('shows a release in the heartbeat as soon as it is current', async () => {
  await using gitcron = supervise();
  await gitcron.sees(/Waiting for code/);
  await expect.poll(heartbeat, { timeout: 10_000 }).toMatchObject({ revision: null });
  writeCrontab();
  // The next beat of its own would come ten seconds after the first.
  await gitcron.sees(/is current \(new revision\)/);
  await expect
    .poll(heartbeat, { timeout: 2000 })
    .toMatchObject({ revision: expect.stringMatching(/^dir-/), beating: true });
});

it('records its own start before the runs that a killed predecessor lost', async () => {
  const runId = '0197a3a0-0000-7000-8000-000000000001';
  const gone = { pid: 2 ** 22 - 1, startTicks: 1, runId, job: 'job', startedAt: Date.now() - 5000 };
  writeFileSync(
    join(state, 'running.json'),
    JSON.stringify({ boot: 'an earlier one', processes: [gone] }),
  );
  writeCrontab();
  await using gitcron = supervise();
  await gitcron.sees(/is current/);
  const runs = join(state, 'journal/runs');
  const journal = readdirSync(runs, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'latin1'))
    .join('');
  expect(journal.match(/supervisor_started|run_finished/g)).toEqual([
    'supervisor_started',
    'run_finished',
  ]);
});

it('goes on where a damaged list of who may log in closes log-in, and nothing else', async () => {
  writeFileSync(join(state, 'access.json'), 'in the way');
  writeCrontab();
  await using gitcron = supervise();
  await gitcron.sees(/GITCRON_E_ACCESS_FILE/);
  await expect
    .poll(heartbeat, { timeout: 20_000 })
    .toMatchObject({ revision: expect.stringMatching(/^dir-/) });
});

// Elsewhere results have no other place.
it.runIf(existsSync('/dev/shm'))('needs no place for results on the state volume', async () => {
  writeFileSync(join(state, 'results'), 'in the way');
  writeCrontab();
  await using gitcron = supervise();
  await gitcron.sees(/is current/);
  await expect
    .poll(heartbeat, { timeout: 20_000 })
    .toMatchObject({ revision: expect.stringMatching(/^dir-/) });
});

describe('a start that fails ends the process and leaves nothing taken', () => {
  it('at the journal', async () => {
    writeFileSync(join(state, 'journal'), 'in the way');
    writeCrontab();
    await using gitcron = supervise();
    expect(await gitcron.end()).toBe(69);
    expect(gitcron.output).toContain('GITCRON_E_JOURNAL_OPEN');
  });

  it('at a port that is taken, before a revision is taken up', async () => {
    await using taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const address = taken.address();
    const port = typeof address === 'object' ? String(address?.port) : '';
    writeCrontab();
    await using gitcron = new GitcronProcess(['supervise'], {
      cwd: directory,
      env: { ...environment(), HTTP_PORT: port },
    });
    expect(await gitcron.end()).toBe(69);
    expect(gitcron.output).toContain('GITCRON_E_PORT');
    expect(gitcron.output).not.toContain('New revision');
  });

  it('also where the process goes on', async () => {
    writeFileSync(join(state, 'journal'), 'in the way');
    const log = createLog({ format: 'text', level: 'info', file: join(directory, 'log') });
    const settings = readSettings(environment());
    await expect(
      startSupervisor({ settings, environment: environment(), log }),
    ).rejects.toMatchObject({ code: 'GITCRON_E_JOURNAL_OPEN' });
    await (await takeSupervisorLock(state)).release();
  });
});
