import { constants } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { absent } from '@gitcron/base/absence';

/** Relative to the directory of the list. */
export const PIP_LOG = '.venv/pip.log';

/** A long list has some MiB of log; what failed stands at its end. */
const READ_BYTES = 8 * 1024 * 1024;

/** More lines say nothing new. */
const LINES = 8;

/**
 * Why pip could not read an index: it tells only its log, and people that no version was found.
 * A line each, without the time that stands in front of it.
 */
export async function unreadIndexes(directory: string): Promise<string[]> {
  const text = await readEnd(join(directory, PIP_LOG));
  const lines = text
    .split('\n')
    .map((line) => line.replace(/^\d{4}-\d\d-\d\dT[\d:,.]+ +/, '').trim())
    .filter((line) => line.startsWith('Could not fetch URL '));
  return [...new Set(lines)].slice(-LINES);
}

export async function removePipLog(directory: string): Promise<void> {
  await rm(join(directory, PIP_LOG), { force: true });
}

/** Strangers' code could have put a link in its place, or a pipe. */
async function readEnd(path: string): Promise<string> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const file = await open(path, flags).catch(unreadable);
  if (file === null) return '';
  try {
    const { size } = await file.stat();
    const length = Math.min(size, READ_BYTES);
    const { bytesRead, buffer } = await file.read(Buffer.alloc(length), 0, length, size - length);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
}

/** Without it there is less to tell, and no other failure. */
function unreadable(error: unknown): null {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ELOOP' || code === 'EACCES' || code === 'ENXIO' ? null : absent(error);
}
