import { readdir } from 'node:fs/promises';
import { execa } from 'execa';
import { NOT_CODE } from './fingerprint.ts';
import type { Revision } from './revision.ts';

/**
 * Copies the code of a revision into an existing, empty directory. Links stay links, wherever
 * they point. The copy belongs to the supervisor: others may read it, only the supervisor may
 * write it.
 *
 * `cp` and not Node's own copy, because a name that is not UTF-8 must survive.
 */
export async function copyTree(
  revision: Revision,
  target: string,
  signal: AbortSignal,
): Promise<void> {
  const published = !revision.id.startsWith('dir-');
  const names = published
    ? ['.']
    : (await readdir(revision.directory)).filter((name) => !NOT_CODE.has(name));
  const options = { cwd: revision.directory, cancelSignal: signal, stdin: 'ignore' } as const;
  if (names.length > 0) await execa('cp', ['-RP', '--', ...names, target], options);
  await execa('chmod', ['-R', 'u+rwX,go+rX,go-w', target], { ...options, cwd: target });
}
