import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const launcher = join(import.meta.dirname, '../../bin/gitcron.js');

it('ends as by SIGPIPE, and without a stack trace, when its reader has enough', async () => {
  const child = spawn(process.execPath, [launcher, '--help'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.destroy();
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text));
  const [status] = await once(child, 'close');
  expect({ status, complaint }).toEqual({ status: 141, complaint: '' });
});

it.runIf(existsSync('/dev/full'))('says that its output cannot be written to a full disk', () => {
  const full = openSync('/dev/full', 'w');
  const { status, stderr } = spawnSync(process.execPath, [launcher, 'next', '0 2 * * *'], {
    stdio: ['ignore', full, 'pipe'],
    encoding: 'utf8',
  });
  expect(status).toBe(74);
  expect(stderr).toContain('[GITCRON_E_OUTPUT]');
  expect(stderr).not.toContain('    at ');
});
