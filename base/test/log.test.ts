import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createLog } from '../src/log.ts';

const LINES = 400_000;
const PROGRAM = `
  import { createLog } from ${JSON.stringify(join(import.meta.dirname, '../src/log.ts'))};
  const log = createLog({ format: 'json', level: 'info' });
  for (let line = 1; line <= ${LINES}; line += 1) log.logger.info({ line }, 'a line');
  process.stderr.write('all logged');
  process.stdin.once('data', async () => {
    log.drained(() => void log.flush());
    process.stdin.destroy();
  });
`;

test('lines that nobody takes are left out, counted, and the count is told', async () => {
  const child = spawn(process.execPath, ['--input-type=module', '-e', PROGRAM]);
  const closed = once(child, 'close');
  // Nobody reads stdout until all is logged: the pipe is full, the log stands still.
  await once(child.stderr, 'data');
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stdin.end('go on');
  await closed;
  const lines: { line?: number; msg: string; missing?: number }[] = output
    .trimEnd()
    .split('\n')
    .map((text) => JSON.parse(text));
  const notice = lines.pop();
  expect(notice?.msg).toBe(
    `${notice?.missing} lines are missing here: the log's reader took nothing`,
  );
  expect(lines.length + (notice?.missing ?? 0)).toBe(LINES);
  expect(lines.every(({ line }, index) => line === index + 1)).toBe(true);
  expect(output.length).toBeGreaterThan(16 * 1024 * 1024);
  expect(output.length).toBeLessThan(17 * 1024 * 1024);
});

test('a masked line of JSON is JSON still, whatever the mask hides', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'gitcron-log-'));
  const file = join(directory, 'log');
  const log = createLog({ format: 'json', level: 'info', file });
  log.maskWith((text) => text.replaceAll('nasty', '***').replaceAll('","', '***'));
  log.logger.info({ path: 'C:\nasty' }, 'a nasty "line"\nasty');
  await log.flush();
  expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({
    path: 'C:\nasty',
    msg: 'a *** "line"\nasty',
  });
  await rm(directory, { recursive: true });
});
