import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { GitcronProcess } from '../gitcron-process.ts';

it('finds the supervisor of npm start in the directory that it was started in', async () => {
  const cwd = mkdtempSync(join(tmpdir(), 'gitcron-health-'));
  onTestFinished(() => rmSync(cwd, { recursive: true }));
  const state = join(cwd, '.gitcron/state');
  mkdirSync(state, { recursive: true });
  const heartbeat = { at: Date.now(), revision: 'a'.repeat(40), beating: true };
  writeFileSync(join(state, 'heartbeat.json'), JSON.stringify(heartbeat));
  const health = new GitcronProcess(['health'], { cwd, env: { STATE_DIR: '' } });
  expect(await health.end()).toBe(0);
  expect(health.output).toBe('ok\n');
});
