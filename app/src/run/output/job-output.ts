import type { Readable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import type { Beside } from '@gitcron/base/beside';
import type { Clock } from '@gitcron/base/clock';
import type { OutputStream } from '../../api/output.ts';
import type { OutputTransform } from '@gitcron/base/secrets/mask';
import type { Log } from '@gitcron/base/log';
import { lineFormat } from './line-format.ts';
import { createLineSplitter } from './line-splitter.ts';
import type { Valve } from './valve.ts';

/** No pipe holds more; what still comes after this much was written after the run had ended. */
const MAX_DRAIN_BYTES = 1024 * 1024;

export interface JobOutputOptions {
  readonly job: string;
  readonly runId: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly valve: Valve;
  /** Nothing that output contains may end more than itself. */
  readonly showing: Beside;
  /** Raw bytes for the record, until the run has ended. */
  readonly onBytes: (stream: OutputStream, bytes: Buffer) => void;
  readonly transform: (() => OutputTransform) | null;
}

/** One stream of a running job, on its way to the log and the record. */
export interface JobOutput {
  /** Passes on what was written until now, waiting for nobody who still holds the pipe. */
  drain(): Promise<void>;
  /** The run is over: what a process left in the background still writes goes to the log only. */
  detach(): void;
  isOpen(): boolean;
  close(): void;
}

export function readJobOutput(
  source: Readable,
  stream: OutputStream,
  options: JobOutputOptions,
): JobOutput {
  const { clock, log, valve, showing, onBytes } = options;
  const splitter = createLineSplitter();
  const format = log.rawJobOutput
    ? (lines: Buffer) => lines.toString()
    : lineFormat(log.format, log.terminal, { ...options, stream });
  const transform = options.transform?.() ?? null;
  let open = true;
  let attached = true;
  let bytesRead = 0;

  function pass(bytes: Buffer): void {
    if (bytes.length === 0) return;
    if (attached) onBytes(stream, bytes);
    writeLines(splitter.push(bytes));
  }

  function writeLines(block: Buffer | null): void {
    if (block !== null) valve.write(format(block, clock.now()), source);
  }

  function finish(): void {
    if (!open) return;
    open = false;
    passRest();
  }

  function passRest(): void {
    showing.now(() => {
      if (transform) pass(transform.end());
      writeLines(splitter.end());
    });
  }

  function mayHoldMore(before: number, limit: number): boolean {
    return open && bytesRead < limit && (bytesRead > before || valve.isHolding(source));
  }

  source.on('data', (chunk: Buffer) => {
    bytesRead += chunk.length;
    showing.now(() => pass(transform ? transform.push(chunk) : chunk));
  });
  // A pipe that breaks has ended: there is nothing more to read from it.
  source.on('error', finish);
  source.on('close', finish);
  source.on('end', finish);

  return {
    async drain() {
      const limit = bytesRead + MAX_DRAIN_BYTES;
      let before: number;
      do {
        before = bytesRead;
        // Others may be held back: what they write is no reason for this one to wait.
        if (valve.isHolding(source)) await valve.open();
        // Two turns of the event loop contain a whole look at the pipe: if nothing comes, it is empty.
        await turn();
        await turn();
      } while (mayHoldMore(before, limit));
    },
    detach() {
      if (open) {
        // An unfinished line is a line when the run ends; what comes later begins another.
        // The transform goes on: what began in one line may end in the other.
        passRest();
      }
      attached = false;
    },
    isOpen: () => open,
    close() {
      source.destroy();
      finish();
    },
  };
}
