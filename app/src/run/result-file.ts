import {
  closeSync,
  constants,
  fchownSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
} from 'node:fs';
import { join } from 'node:path';
import { unusableStateDirectory } from '../state/state-directory.ts';
import type { ProcessUser } from '../processes/process-user.ts';
import type { OutputTransform } from '../events.ts';

/** What a script writes beyond it is cut off. */
const MAX_RESULT_BYTES = 64 * 1024;

/** Where one attempt writes its result. */
export interface ResultFile {
  readonly path: string;
  /** @returns what the script wrote, or null when it wrote nothing; the file is gone afterwards. */
  take(): string | null;
  discard(): void;
}

/**
 * Makes the directory for result files and removes what a supervisor that died left in it.
 * @throws CodedError GITCRON_E_STATE_DIRECTORY
 */
export function prepareResultDirectory(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o711 });
    // Without JOB_USER a job may have put anything there. Links are deleted, not followed.
    for (const name of readdirSync(directory)) remove(join(directory, name));
  } catch (cause) {
    throw unusableStateDirectory(directory, cause);
  }
}

/**
 * The supervisor makes the file, gives it to the job's user and keeps it open: the job can write
 * it, but nothing it puts in its place (a link to a secret, a device) is ever read.
 */
export function createResultFile(
  directory: string,
  name: string,
  runAs: ProcessUser | null,
  transform: (() => OutputTransform) | null,
): ResultFile {
  const path = join(directory, name);
  const { O_RDWR, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  const file = openSync(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    if (runAs !== null) fchownSync(file, runAs.uid, runAs.gid);
  } catch (error) {
    closeSync(file);
    remove(path);
    throw error;
  }
  return {
    path,
    take() {
      const written = fstatSync(file).size;
      const bytes = Buffer.alloc(Math.min(written, MAX_RESULT_BYTES));
      const length = bytes.length === 0 ? 0 : readSync(file, bytes, 0, bytes.length, 0);
      closeSync(file);
      remove(path);
      if (length === 0) return null;
      const result = bytes.subarray(0, length);
      return (
        transform === null ? result : changed(result, transform(), written > length)
      ).toString();
    },
    discard() {
      closeSync(file);
      remove(path);
    },
  };
}

function changed(result: Buffer, transform: OutputTransform, isCut: boolean): Buffer {
  return Buffer.concat([transform.push(result), transform.end(isCut)]);
}

function remove(path: string): void {
  rmSync(path, { recursive: true, force: true });
}
