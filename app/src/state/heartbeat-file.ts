import { getSystemErrorMessage } from 'node:util';
import { z } from 'zod';
import type { Logger } from '@gitcron/base/log';
import { STATE_FILES } from './inventory.ts';
import { readSmallFile } from './read-small.ts';
import { complainTo, StateFile } from './state-file.ts';

const heartbeatSchema = z.object({
  at: z.number(),
  /** The active release; null while there is none. */
  revision: z.string().nullable(),
  /** Whether the schedule is on time. */
  beating: z.boolean(),
});

export type Heartbeat = z.output<typeof heartbeatSchema>;

const EVERY_MS = 10_000;

/** A heartbeat older than this means that the supervisor hangs or is gone. */
export const HEARTBEAT_LIMIT_MS = 45_000;

/** Since when nothing can be written to the state volume, in epoch milliseconds, and why not. */
export interface StateUnwritten {
  readonly since: number;
  readonly reason: string;
}

export interface HeartbeatFile {
  /** Writes it now: what it tells has changed. */
  beat(): void;
  /** The state volume takes nothing: it is written so often that it shows this for all files. */
  unwritten(): StateUnwritten | null;
  stop(): Promise<void>;
}

/** Writes a small file again and again, as long as the event loop turns. */
export function startHeartbeatFile(
  file: string,
  logger: Logger,
  state: () => Omit<Heartbeat, 'at'>,
): HeartbeatFile {
  const kept = new StateFile({
    path: file,
    entry: STATE_FILES.heartbeat,
    schema: heartbeatSchema,
    complain: complainTo(logger),
    tellWritten: (sentence) => logger.info(sentence),
  });
  // One that is damaged is set aside: it says nothing that we do not know.
  kept.read();
  let writing: Promise<void> = Promise.resolve();
  const beat = () => {
    writing = kept.keep({ at: Date.now(), ...state() });
  };
  const timer = setInterval(beat, EVERY_MS);
  beat();
  return {
    beat,
    unwritten: () =>
      kept.unwritten && { since: kept.unwritten.since, reason: reasonOf(kept.unwritten.error) },
    stop: async () => {
      clearInterval(timer);
      await writing;
    },
  };
}

/** Without call and path, which are those of the heartbeat alone. */
function reasonOf(error: unknown): string {
  const errno = error instanceof Error && 'errno' in error ? error.errno : null;
  return typeof errno === 'number' ? getSystemErrorMessage(errno) : String(error);
}

export async function readHeartbeat(file: string): Promise<Heartbeat> {
  return heartbeatSchema.parse(JSON.parse(readSmallFile(file)));
}
