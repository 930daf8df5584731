import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GitcronProcess } from '../gitcron-process.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'gitcron-no-state-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

it.each(['releases', 'rollback'])(
  'gitcron %s says that no supervisor has worked here, and makes nothing',
  async (command) => {
    const env = { STATE_DIR: join(directory, 'state') };
    await using gitcron = new GitcronProcess([command], { cwd: directory, env });
    expect(await gitcron.end()).toBe(69);
    expect(gitcron.output).toContain('GITCRON_E_NO_STATE');
    expect(readdirSync(directory)).toEqual([]);
  },
);

describe('a state directory that cannot be one is named', () => {
  const files = {
    supervise: 'state',
    up: 'state',
    cron: 'state',
    'supervise, inside': 'state/releases',
  };
  it.each(Object.entries(files))('by gitcron %s', async (command, file) => {
    mkdirSync(join(directory, 'source'));
    mkdirSync(join(directory, file, '..'), { recursive: true });
    writeFileSync(join(directory, file), '');
    writeFileSync(join(directory, 'crontab.txt'), '@every 1s true\n');
    const state = join(directory, 'state');
    const args: Record<string, string[]> = {
      up: ['up', '--no-database', '--dir', 'source', '--state', state],
      cron: ['cron', 'crontab.txt', '--state', state],
    };
    const env = { STATE_DIR: state, SOURCE_DIR: join(directory, 'source'), HTTP_PORT: '0' };
    await using gitcron = new GitcronProcess(args[command] ?? ['supervise'], {
      cwd: directory,
      env,
    });
    expect(await gitcron.end()).toBe(69);
    expect(gitcron.output).toContain('GITCRON_E_STATE_DIRECTORY');
    expect(gitcron.output).toContain(`at: ${state}`);
  });

  it('also where the system lets nobody make one', async () => {
    writeFileSync(join(directory, 'crontab.txt'), '@every 1s true\n');
    const args = ['cron', 'crontab.txt', '--state', '/proc/gitcron/state'];
    await using gitcron = new GitcronProcess(args, { cwd: directory });
    expect(await gitcron.end()).toBe(69);
    expect(gitcron.output).toContain('at: /proc/gitcron/state');
  });
});
