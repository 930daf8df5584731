import { constants } from 'node:fs';
import { open, rename, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { causesOf, type CodedError } from '@gitcron/base/coded-error';
import type { Logger } from '@gitcron/base/log';
import { noFile, NotARegularFile, readRegularFile } from '@gitcron/base/regular-file';
import type { PublishedCommit } from './revisions.ts';
import { removeTree, scratchPath, type Volume } from './volume.ts';

/** What `status.json` holds; all times are ISO 8601. */
export interface Status {
  /** Of git-sync. */
  readonly version: string;
  readonly state: 'starting' | 'ok' | 'failing';
  /** The remote's URL; it never holds a password. */
  readonly repository: string;
  readonly ref: string;
  /** What `current` points to. */
  readonly current: PublishedCommit | null;
  readonly lastAttemptAt: string | null;
  readonly lastSuccessAt: string | null;
  /** How long the last attempt took. */
  readonly lastDurationMs: number | null;
  readonly nextAttemptAt: string | null;
  /** In a row. */
  readonly failures: number;
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly place: string | null;
    /** What led to it, the nearest first, in the words of git. */
    readonly because: readonly string[];
    readonly hint: string;
  } | null;
}

export function errorStatus(error: CodedError): NonNullable<Status['error']> {
  const { code, message, place, hint } = error;
  return { code, message, place: place ?? null, because: causesOf(error), hint };
}

/** Subjects and authors are anybody's text, a server may repeat what it was sent. */
export function maskStatus(status: Status, maskText: (text: string) => string): Status {
  const { repository, current, error } = status;
  return {
    ...status,
    repository: maskText(repository),
    current: current && {
      ...current,
      subject: maskText(current.subject),
      author: maskText(current.author),
    },
    error: error && {
      ...error,
      message: maskText(error.message),
      place: error.place && maskText(error.place),
      because: error.because.map(maskText),
      hint: maskText(error.hint),
    },
  };
}

/** While nothing changes, `status.json` is written no more often than this. */
const SAVE_EVERY_MS = 60_000;

/** @returns what keeps `status.json` up to date: call it with every status. */
export function createStatusFile(volume: Volume, log: Logger): (status: Status) => Promise<void> {
  let savedNews = '';
  let savedAt = 0;
  return async (status) => {
    const news = `${status.state} ${status.current?.hash} ${status.failures}`;
    if (news === savedNews && Date.now() - savedAt < SAVE_EVERY_MS) return;
    try {
      await writeStatus(volume, status);
      savedNews = news;
      savedAt = Date.now();
    } catch (error) {
      // A full or missing volume has been reported by then; the status is still served by /healthz.
      log.debug({ error: String(error) }, 'status.json could not be written');
    }
  };
}

const earlier = z.object({ repository: z.string() });

/** The repository that the volume was filled from before; null when nothing says so. */
export async function readRepository(volume: Volume): Promise<string | null> {
  const content = await readRegularFile(volume.status).catch(noFile);
  try {
    return content && earlier.parse(JSON.parse(content.toString('utf8'))).repository;
  } catch {
    // Damaged: it is written anew at once, and says nothing of before.
    return null;
  }
}

/** Replaces `status.json` whole. What it says is soon said again, so it is not forced to the disk. */
async function writeStatus(volume: Volume, status: Status): Promise<void> {
  const text = `${JSON.stringify(status, null, 2)}\n`;
  const scratch = scratchPath(volume, 'status');
  try {
    await writeFile(scratch, text);
    await rename(scratch, volume.status);
  } catch (error) {
    await removeTree(scratch).catch(() => {});
    await writeOver(volume.status, text).catch(() => {
      throw error;
    });
  }
}

/** A full disk has no room for another file, and is what the status has to tell of. */
async function writeOver(path: string, text: string): Promise<void> {
  await using file = await open(path, constants.O_RDWR | constants.O_NONBLOCK);
  if (!(await file.stat()).isFile()) throw new NotARegularFile(`${path} is not a regular file.`);
  const content = Buffer.from(text);
  // Never shorter than before: who reads meanwhile sees whole JSON and blanks.
  const { size } = await file.stat();
  const blanks = Buffer.alloc(Math.max(0, size - content.length), ' ');
  await file.write(Buffer.concat([content, blanks]), 0, null, 0);
}
