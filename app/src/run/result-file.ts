import { closeSync, constants, fchownSync, fstatSync, openSync, readSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createBeside } from '@gitcron/base/beside';
import type { Logger } from '@gitcron/base/log';
import type { ProcessUser } from '../processes/process-user.ts';
import type { OutputTransform } from '@gitcron/base/secrets/mask';
import { diskPlace, memoryPlace, type ResultPlace } from './result-place.ts';

/** What a script writes beyond it is cut off. */
const MAX_RESULT_BYTES = 64 * 1024;

/** Where one attempt writes its result. */
export interface ResultFile {
  readonly path: string;
  /** @returns what the script wrote, or null when it wrote nothing; the file is gone afterwards. */
  take(): string | null;
  discard(): void;
}

/** Makes result files. Whatever becomes of them, the run they belong to goes on. */
export interface ResultFiles {
  /** @param runAs who writes it; null: our own user. */
  make(name: string, runAs: ProcessUser | null): ResultFile;
  /** No run needs one any more. */
  close(): void;
}

/** Takes whatever is written to it. */
const NOWHERE: ResultFile = { path: '/dev/null', take: () => null, discard: () => {} };

export interface ResultFilesOptions {
  /** On the state volume. */
  readonly directory: string;
  readonly transform: (() => OutputTransform) | null;
  readonly logger: Logger;
}

/** Also removes what a supervisor that died left there. */
export function createResultFiles(options: ResultFilesOptions): ResultFiles {
  const { directory, transform, logger } = options;
  const making = createBeside(logger, {
    code: 'GITCRON_E_RESULT_FILE',
    sentence: 'No file can be made for the results of runs: they run without, and have none.',
    place: directory,
    hint: 'See why neither /dev/shm nor the state volume can be written, and give them room.',
  });
  const reading = createBeside(logger, {
    code: 'GITCRON_E_RESULT_READ',
    sentence: 'What a script wrote as its result cannot be read: its run has none.',
    place: directory,
    hint: 'See whether the disk of the state volume is damaged.',
  });
  const tidying = createBeside(logger, {
    code: 'GITCRON_E_RESULT_CLEANUP',
    sentence: 'Result files of runs that are over cannot be deleted; nothing depends on it.',
    place: directory,
    hint: 'See whether the state volume is read-only. The next start deletes them.',
  });
  const disk = diskPlace(directory);
  const memory = memoryPlace(dirname(directory));
  const places = memory === null ? [disk] : [memory, disk];
  for (const place of places) tidying.now(() => place.sweep());

  return {
    make(name, runAs) {
      const made = making.now(() => makeIn(places, name, runAs));
      if (made === null) return NOWHERE;
      const { path, file } = made;
      const remove = (): void => {
        tidying.now(() => closeSync(file));
        tidying.now(() => rmSync(path, { recursive: true, force: true }));
      };
      return {
        path,
        take() {
          const result = reading.now(() => readResult(file, transform));
          remove();
          return result;
        },
        discard: remove,
      };
    },
    close: () => void tidying.now(() => memory?.leave()),
  };
}

/** In the first place that takes it. @throws when none does. */
function makeIn(
  [place, ...others]: readonly ResultPlace[],
  name: string,
  runAs: ProcessUser | null,
): OwnFile {
  if (place === undefined) throw new Error('There is no place for it.');
  try {
    const isLast = others.length === 0;
    if (isLast || place.hasRoom()) return ownFile(join(place.directory, name), runAs);
  } catch (error) {
    if (others.length === 0) throw error;
  }
  return makeIn(others, name, runAs);
}

interface OwnFile {
  readonly path: string;
  readonly file: number;
}

/**
 * The supervisor makes the file, gives it to the job's user and keeps it open: the job can write
 * it, but nothing it puts in its place (a link to a secret, a device) is ever read.
 */
function ownFile(path: string, runAs: ProcessUser | null): OwnFile {
  const { O_RDWR, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  const file = openSync(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    if (runAs !== null) fchownSync(file, runAs.uid, runAs.gid);
    return { path, file };
  } catch (error) {
    closeSync(file);
    rmSync(path, { force: true });
    throw error;
  }
}

/** @param transform takes secrets out, before anybody sees it. */
function readResult(file: number, transform: (() => OutputTransform) | null): string | null {
  const written = fstatSync(file).size;
  const bytes = Buffer.alloc(Math.min(written, MAX_RESULT_BYTES));
  const length = bytes.length === 0 ? 0 : readSync(file, bytes, 0, bytes.length, 0);
  if (length === 0) return null;
  const result = bytes.subarray(0, length);
  return (transform === null ? result : changed(result, transform(), written > length)).toString();
}

function changed(result: Buffer, transform: OutputTransform, isCut: boolean): Buffer {
  return Buffer.concat([transform.push(result), transform.end(isCut)]);
}
