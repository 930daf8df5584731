import { createReadStream, createWriteStream } from 'node:fs';
import { chmod, lstat, mkdir, readlink, symlink } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import pMap from 'p-map';
import { entriesOf, joinBytes } from '../sync/byte-path.ts';

/** Node's file system calls share four threads; more at once would only queue. */
const CONCURRENCY = 16;

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
  await copyDirectory(Buffer.from(from), Buffer.from(to), { leaveOut, signal });
}

interface CopyOptions {
  readonly leaveOut: ReadonlySet<string>;
  readonly signal: AbortSignal;
}

async function copyDirectory(from: Buffer, to: Buffer, options: CopyOptions): Promise<void> {
  options.signal.throwIfAborted();
  const entries = await entriesOf(from);
  const wanted = entries.filter(({ name }) => !options.leaveOut.has(name.toString()));
  await pMap(
    wanted.filter((entry) => !entry.isDirectory()),
    async (entry) => {
      const target = joinBytes(to, entry.name);
      const source = joinBytes(from, entry.name);
      if (entry.isSymbolicLink()) await copyLink(source, target);
      // Sockets, pipes and devices are nobody's code.
      else if (entry.isFile()) await copyRegular(source, target);
    },
    { concurrency: CONCURRENCY },
  );
  for (const { name } of wanted.filter((entry) => entry.isDirectory())) {
    const target = joinBytes(to, name);
    await mkdir(target);
    await chmod(target, 0o755);
    await copyDirectory(joinBytes(from, name), target, options);
  }
}

async function copyLink(source: Buffer, target: Buffer): Promise<void> {
  await symlink(await readlink(source, { encoding: 'buffer' }), target);
}

/**
 * Not by `copyFile`: that gives the copy to the owner of the original first and sets its mode
 * then, which without CAP_FOWNER is refused (EPERM).
 */
async function copyRegular(source: Buffer, target: Buffer): Promise<void> {
  const mode = publicMode((await lstat(source)).mode);
  await pipeline(createReadStream(source), createWriteStream(target, { flags: 'wx', mode }));
  await chmod(target, mode);
}

/** Everybody reads it, whoever could run it goes on to, only the owner writes. */
export function publicMode(mode: number): number {
  return (mode & 0o111) === 0 ? 0o644 : 0o755;
}
