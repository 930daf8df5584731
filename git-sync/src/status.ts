import { rename, writeFile } from 'node:fs/promises';
import type { CodedError } from './coded-error.ts';
import type { PublishedCommit } from './revisions.ts';
import { scratchPath, type Volume } from './volume.ts';

/** What `status.json` holds; all times are ISO 8601. */
export interface Status {
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
    readonly hint: string;
  } | null;
}

export function errorStatus(error: CodedError): NonNullable<Status['error']> {
  const { code, message, place, hint } = error;
  return { code, message, place: place ?? null, hint };
}

/** Replaces `status.json` whole. What it says is soon said again, so it is not forced to the disk. */
export async function writeStatus(volume: Volume, status: Status): Promise<void> {
  const scratch = scratchPath(volume, 'status');
  await writeFile(scratch, `${JSON.stringify(status, null, 2)}\n`);
  await rename(scratch, volume.status);
}
