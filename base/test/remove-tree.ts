import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { promisify } from 'node:util';

/** Published trees are read-only, for whoever is not root; chmod takes names of any bytes, and follows no link. */
export async function removeTree(directory: string): Promise<void> {
  await promisify(execFile)('chmod', ['-R', 'u+rwX', '--', directory]).catch(() => {});
  await rm(directory, { recursive: true, force: true, maxRetries: 5 });
}
