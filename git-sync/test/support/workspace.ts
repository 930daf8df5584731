import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A directory of the test's own, gone when the test is. */
export async function makeWorkspace(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'git-sync-test-'));
  onTestFinished(async () => {
    await makeWritable(directory);
    await rm(directory, { recursive: true, force: true, maxRetries: 5 });
  });
  return directory;
}

/** Published trees are read-only, for whoever is not root. */
async function makeWritable(directory: string): Promise<void> {
  await chmod(directory, 0o755);
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    if (entry.isDirectory()) await makeWritable(join(directory, entry.name)).catch(() => {});
  }
}
