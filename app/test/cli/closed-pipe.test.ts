import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, it } from 'vitest';

it('ends as by SIGPIPE, and without a stack trace, when its reader has enough', async () => {
  const launcher = join(import.meta.dirname, '../../bin/gitcron.js');
  const child = spawn(process.execPath, [launcher, '--help'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.destroy();
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text));
  const [status] = await once(child, 'close');
  expect({ status, complaint }).toEqual({ status: 141, complaint: '' });
});
