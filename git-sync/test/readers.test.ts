import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { createOrigin } from '../../base/test/origin.ts';
import { startTestSync, told } from './support/sync.ts';
import { temporaryDirectory } from '../../base/test/temporary-directory.ts';
import { until } from '../../base/test/until.ts';

const report = z.object({ trees: z.number(), commits: z.number(), problems: z.array(z.string()) });
const READER = fileURLToPath(new URL('support/reader.ts', import.meta.url));
const FILES = Array.from({ length: 20 }, (_, index) => `d${index % 4}/f${index}`);

/** Reads behind the link in a process of its own until it is told to report. */
function startReader(link: string) {
  const child = spawn(process.execPath, [READER, link, ...FILES], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return {
    report: async () => {
      child.kill('SIGTERM');
      const [output] = await Promise.all([child.stdout.toArray(), once(child, 'close')]);
      return report.parse(JSON.parse(Buffer.concat(output).toString('utf8')));
    },
  };
}

test(
  'readers see no torn, mixed or vanishing tree during 100 pushes',
  { timeout: 300_000 },
  async () => {
    const directory = await temporaryDirectory();
    const origin = await createOrigin(join(directory, 'origin'));
    const push = (content: string) =>
      origin.commit(Object.fromEntries(FILES.map((path) => [path, content])));
    await push('0');
    const root = join(directory, 'code');
    const sync = await startTestSync(root, {
      GIT_SYNC_REPO: origin.path,
      GIT_SYNC_KEEP: '3',
      // Old ones are deleted while the readers read.
      GIT_SYNC_KEEP_SEC: '2',
    });
    await sync.first;

    const readers = [startReader(join(root, 'current')), startReader(join(root, 'current'))];
    for (let number = 1; number <= 100; number += 1) {
      const hash = await push(`${number}`);
      expect(told(await sync.syncNow())).toBe(hash);
    }
    for (const { problems, trees, commits } of await Promise.all(
      readers.map((reader) => reader.report()),
    )) {
      expect(problems).toEqual([]);
      expect(trees).toBeGreaterThan(500);
      expect(commits).toBeGreaterThan(50);
    }
    expect(await sync.read('d0/f0')).toBe('100');
    // Each is a directory and a file.
    expect((await readdir(join(root, 'revisions'))).length).toBeLessThan(3 * 100);
    await until(async () => (await readdir(join(root, 'building'))).length === 0);
  },
);
