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
  // They are written again at each start, so what a power cut leaves of them does not matter.
  const fast = { fsync: false };
  await Promise.all([
    writeFileAtomic(volume.packageHash, description.packageChecksums, fast),
    writeFileAtomic(volume.crontabHash, description.crontabChecksum, fast),
    writeFileAtomic(volume.runtimeCrontab, Buffer.from(crontab.bytes), fast),
  ]);
}
