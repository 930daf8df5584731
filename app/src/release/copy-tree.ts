import {
  chmodSync,
  createWriteStream,
  lstatSync,
  mkdirSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { chmod } from 'node:fs/promises';
import { openRegularFile, readRegularFileSync } from '@gitcron/base/regular-file';
import { pipeline } from 'node:stream/promises';
import { setImmediate } from 'node:timers/promises';
import pMap from 'p-map';
import { entriesOf, joinBytes } from '../sync/byte-path.ts';

/** Node's file system calls share four threads; more at once would only queue. */
const CONCURRENCY = 16;

/**
 * Scripts are small: the calls for one take some 50 µs, and four times that through Node's threads,
 * which a push waits for.
 */
const SMALL_BYTES = 128 * 1024;

/** Between two starts of jobs nobody notices it. */
const SLICE_MS = 1;

/**
 * Copies the contents of a directory into an existing one. Links stay links, wherever they point.
 * The copy belongs to the supervisor: others may read it, only the supervisor may write it, also
 * when the original is read-only for everybody.
 *
 * @param leaveOut names that are not copied, at any depth.
 * @throws the signal's reason, or the error of the system call that failed (`ENOSPC`).
 */
export async function copyTree(
  from: string,
  to: string,
  leaveOut: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<void> {
  await copyDirectory(Buffer.from(from), Buffer.from(to), {
    leaveOut,
    breathe: createBreath(signal),
  });
}

interface CopyOptions {
  readonly leaveOut: ReadonlySet<string>;
  /** Lets timers and sockets have their turn when a slice of time is over. */
  readonly breathe: () => Promise<void>;
}

function createBreath(signal: AbortSignal): () => Promise<void> {
  let since = performance.now();
  return async () => {
    if (performance.now() - since < SLICE_MS) return;
    await setImmediate();
    signal.throwIfAborted();
    since = performance.now();
  };
}

async function copyDirectory(from: Buffer, to: Buffer, options: CopyOptions): Promise<void> {
  const { leaveOut, breathe } = options;
  const entries = await entriesOf(from);
  const wanted = entries.filter(({ name }) => !leaveOut.has(name.toString()));
  const large: { source: Buffer; target: Buffer; mode: number }[] = [];
  for (const entry of wanted) {
    await breathe();
    const [source, target] = [joinBytes(from, entry.name), joinBytes(to, entry.name)];
    if (entry.isSymbolicLink()) {
      symlinkSync(readlinkSync(source, { encoding: 'buffer' }), target);
    } else if (entry.isFile()) {
      // Sockets, pipes and devices are nobody's code. One that comes into its place now fails the copy.
      const { mode: original, size } = lstatSync(source);
      const mode = publicMode(original);
      if (size <= SMALL_BYTES) copySmall(source, target, mode);
      else large.push({ source, target, mode });
    }
  }
  await pMap(large, copyLarge, { concurrency: CONCURRENCY });
  for (const { name } of wanted.filter((entry) => entry.isDirectory())) {
    const target = joinBytes(to, name);
    mkdirSync(target);
    chmodSync(target, 0o755);
    await copyDirectory(joinBytes(from, name), target, options);
  }
}

/**
 * Neither this nor the other by `copyFile`: that gives the copy to the owner of the original first
 * and sets its mode then, which without CAP_FOWNER is refused (EPERM).
 */
function copySmall(source: Buffer, target: Buffer, mode: number): void {
  writeFileSync(target, readRegularFileSync(source), { flag: 'wx', mode });
  // What umask took.
  chmodSync(target, mode);
}

async function copyLarge(file: { source: Buffer; target: Buffer; mode: number }): Promise<void> {
  const { source, target, mode } = file;
  const original = await openRegularFile(source);
  await pipeline(original.createReadStream(), createWriteStream(target, { flags: 'wx', mode }));
  await chmod(target, mode);
}

/** Everybody reads it, whoever could run it goes on to, only the owner writes. */
export function publicMode(mode: number): number {
  return (mode & 0o111) === 0 ? 0o644 : 0o755;
}
