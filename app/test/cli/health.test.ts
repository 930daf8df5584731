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

it('says in JSON what is wrong', async () => {
  const state = mkdtempSync(join(tmpdir(), 'gitcron-health-'));
  onTestFinished(() => rmSync(state, { recursive: true }));
  const heartbeat = { at: Date.now(), revision: null, beating: true };
  writeFileSync(join(state, 'heartbeat.json'), JSON.stringify(heartbeat));
  const env = { STATE_DIR: state };
  await using health = new GitcronProcess(['health', '--json'], { cwd: state, env });
  expect(await health.end()).toBe(1);
  expect(JSON.parse(health.output)).toEqual({
    healthy: false,
    reason: expect.stringContaining('no release'),
  });
});
