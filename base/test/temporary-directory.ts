import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { removeTree } from './remove-tree.ts';

/** A directory of the test's own, which other users may enter; it is gone when the test is over. */
export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'gitcron-test-'));
  await chmod(directory, 0o755);
  onTestFinished(() => removeTree(directory));
  return directory;
}
