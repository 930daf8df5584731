import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { GitcronProcess } from '../gitcron-process.ts';
import { until } from '../../../base/test/until.ts';

/** As a container engine does: what is started has the process id 1. */
const CONTAINER = ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child'];

const canUnshare = ((): boolean => {
  try {
    execFileSync(CONTAINER[0] ?? '', [...CONTAINER.slice(1), 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

function start(crontab: string | null): GitcronProcess {
  const directory = mkdtempSync(join(tmpdir(), 'gitcron-first-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const file = join(directory, 'crontab');
  if (crontab !== null) writeFileSync(file, crontab);
  const args = ['cron', '--state', join(directory, 'state'), file];
  return new GitcronProcess(args, { cwd: directory, through: CONTAINER });
}

interface Status {
  readonly pid: number;
  readonly command: string;
  readonly isZombie: boolean;
}

/** Read from outside, where the ids are others. */
function childrenOf(pid: number): Status[] {
  const pids = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return pids.split(' ').flatMap((child) => {
    if (child === '') return [];
    const stat = readFileSync(`/proc/${child}/stat`, 'utf8');
    const [, command = '', state] = /\((.*)\) (\w)/.exec(stat) ?? [];
    return [{ pid: Number(child), command, isZombie: state === 'Z' }];
  });
}

describe.runIf(canUnshare)('as the first process of a container', () => {
  test('gitcron cron leaves no zombie, and ends in order at a signal to it', async () => {
    await using gitcron = start('* * * * * * * (sleep 0.1 &); (true &)\n');
    let seen = 0;
    for (let runs = 0; runs < 4; runs += 1) seen = await gitcron.sees(/#\w+ succeeded/, seen);
    const [first] = childrenOf(gitcron.child.pid ?? 0);
    expect(first?.command).toBe('sh');
    const zombies = () => childrenOf(first?.pid ?? 0).filter(({ isZombie }) => isZombie);
    await until(() => zombies().length === 0, 'a moment without a zombie');
    process.kill(first?.pid ?? 0, 'SIGTERM');
    expect(await gitcron.end()).toBe(0);
    expect(gitcron.output).toMatch(/SIGTERM: stopping/);
  });

  test('passes SIGHUP on, which ends nothing', async () => {
    await using gitcron = start('@reboot true\n');
    // A run that is over: the start is, too.
    await gitcron.sees(/#\w+ succeeded/);
    const [first] = childrenOf(gitcron.child.pid ?? 0);
    for (const signal of ['SIGHUP', 'SIGINT'] as const) process.kill(first?.pid ?? 0, signal);
    expect(await gitcron.end()).toBe(0);
    expect(gitcron.output).toMatch(/SIGINT: stopping/);
  });

  test('its exit status is the one of gitcron', async () => {
    await using gitcron = start(null);
    const ended = await gitcron.end();
    expect(gitcron.output).toContain('GITCRON_E_CRONTAB_FILE');
    expect(ended).toBe(await withoutContainer());
  });
});

async function withoutContainer(): Promise<number | NodeJS.Signals | null> {
  await using gitcron = new GitcronProcess(['cron', '/none/crontab'], { cwd: tmpdir() });
  return await gitcron.end();
}
