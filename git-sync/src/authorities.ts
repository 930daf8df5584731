import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readSecretFile } from '@gitcron/base/secret-file';
import { replaceFile, type Volume } from './volume.ts';

/** Whom the system trusts to vouch for a server, and those of GIT_SYNC_CA_FILE; each in PEM. */
export async function trustedAuthorities(caFile: string): Promise<string[]> {
  // Loaded when it is needed: it takes 3 MB.
  const { getCACertificates } = await import('node:tls');
  return [...getCACertificates('system'), readSecretFile('GIT_SYNC_CA_FILE', caFile)];
}

/**
 * The same in one file, for git and git-lfs: what they are given takes the place of the system's.
 *
 * @returns its path, which changes with the content of GIT_SYNC_CA_FILE.
 */
export async function authoritiesFile(volume: Volume, caFile: string): Promise<string> {
  const own = readSecretFile('GIT_SYNC_CA_FILE', caFile);
  const name = createHash('sha256').update(own).digest('hex');
  const path = join(volume.building, `authorities-${name}.pem`);
  if (!existsSync(path)) {
    const all = await trustedAuthorities(caFile);
    await replaceFile(volume, path, all.map((text) => `${text.trimEnd()}\n`).join(''));
  }
  return path;
}
