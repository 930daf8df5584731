import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { controlSocketPath } from '../../src/state/control-socket.ts';
import { takeSupervisorLock } from '../../src/state/supervisor-lock.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'gitcron-lock-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

it('is held by one at a time, and leaves nothing behind', async () => {
  const lock = await takeSupervisorLock(directory);
  expect(statSync(controlSocketPath(directory)).mode & 0o777).toBe(0o600);
  await expect(takeSupervisorLock(directory)).rejects.toMatchObject({
    code: 'GITCRON_E_ALREADY_RUNNING',
  });
  await lock.release();
  expect(existsSync(controlSocketPath(directory))).toBe(false);
  await (await takeSupervisorLock(directory)).release();
});

it('outlives no process, however that ends', async () => {
  const script = `
    const { takeSupervisorLock } = await import(${JSON.stringify(join(import.meta.dirname, '../../src/state/supervisor-lock.ts'))});
    await takeSupervisorLock(${JSON.stringify(directory)});
    setInterval(() => {}, 1000);
    console.log('taken');`;
  const holder = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(holder.stdout, 'data');
  await expect(takeSupervisorLock(directory)).rejects.toMatchObject({
    code: 'GITCRON_E_ALREADY_RUNNING',
  });
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  expect(existsSync(controlSocketPath(directory))).toBe(true);
  await (await takeSupervisorLock(directory)).release();
});

it('works for a directory whose path is too long for a socket', async () => {
  const deep = join(directory, 'a'.repeat(60), 'b'.repeat(60));
  mkdirSync(deep, { recursive: true });
  const lock = await takeSupervisorLock(deep);
  await expect(takeSupervisorLock(deep)).rejects.toMatchObject({
    code: 'GITCRON_E_ALREADY_RUNNING',
  });
  await lock.release();
});

it('says what is wrong with a directory that takes none', async () => {
  await expect(takeSupervisorLock(join(directory, 'missing'))).rejects.toMatchObject({
    code: 'GITCRON_E_CONTROL_SOCKET',
  });
});

it('closes connections until it serves, and then hands them over', async () => {
  const lock = await takeSupervisorLock(directory);
  const early = connect(controlSocketPath(directory));
  await once(early, 'close');
  lock.serve((socket) => void socket.end('hello'));
  const late = connect(controlSocketPath(directory));
  const [text] = await once(late.setEncoding('utf8'), 'data');
  expect(text).toBe('hello');
  await lock.release();
});
