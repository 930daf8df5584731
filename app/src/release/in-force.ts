import writeFileAtomic from 'write-file-atomic';
import type { FileContent } from './content-hash.ts';
import type { Release } from './release.ts';
import type { StateVolume } from './state-volume.ts';

/** Writes down for an operator what is in force: `sha256sum --check package.sha256` and a look at the crontab. */
export async function writeInForce(
  volume: StateVolume,
  { description }: Release,
  crontab: FileContent,
): Promise<void> {
  await writeFileAtomic(volume.packageHash, description.packageChecksums);
  await writeFileAtomic(volume.crontabHash, description.crontabChecksum);
  await writeFileAtomic(volume.runtimeCrontab, Buffer.from(crontab.bytes));
}
