import { pino, type Logger } from 'pino';
import { prettyFactory } from 'pino-pretty';
import { formatTime } from './format-time.ts';
import { openLogDestination } from './log-destination.ts';
import type { LogFormat, LogLevel } from './log-settings.ts';

export type { Logger } from 'pino';

/** The program's one way out to stdout; log lines and job output keep their order in it. */
export interface Log {
  readonly format: LogFormat;
  /** Somebody is watching: see `LogOptions`. */
  readonly terminal: boolean;
  /** Job output goes through as it is: see `LogOptions`. */
  readonly rawJobOutput: boolean;
  readonly logger: Logger;
  /**
   * Writes finished lines, each ending in a newline, behind everything written so far.
   * @returns false when the reader of stdout is behind: wait for `drained` before writing more.
   */
  write(lines: string): boolean;
  drained(callback: () => void): void;
  /**
   * From now on takes secrets out of the program's own lines; what is passed to `write` must have
   * none any more. Not all secrets are known when the log is made.
   */
  maskWith(mask: (line: string) => string): void;
  /**
   * Waits until everything written so far has left the process. Call it last.
   * @returns false when the reader of stdout takes nothing any more; see `endProcess`.
   */
  flush(): Promise<boolean>;
}

export interface LogOptions {
  readonly format: LogFormat;
  readonly level: LogLevel;
  /** A file to append to in the place of stdout. */
  readonly file?: string;
  /** Somebody is watching: colors, and the time of day only. */
  readonly terminal?: boolean;
  /** Lines of jobs as they wrote them, without time, job and run. */
  readonly rawJobOutput?: boolean;
}

/**
 * Job output waits in its pipes (see `write`); our own lines can only wait here. Room for those of
 * 10,000 runs that begin at one instant.
 */
const MAX_AHEAD_CHARACTERS = 16 * 1024 * 1024;

export function createLog(options: LogOptions): Log {
  const { format, level, file, terminal = false, rawJobOutput = false } = options;
  let mask: ((line: string) => string) | null = null;
  /** Our own lines since the reader fell behind; null while it keeps up. */
  let ahead: number | null = null;
  /** Lines too many for a reader who takes nothing. */
  let leftOut = 0;
  const out = openLogDestination(file ?? null);
  if (file === undefined) letWritesWait();
  const print = format === 'text' ? textPrinter(terminal) : (line: string) => line;
  const logger = pino(
    { level, base: null, timestamp: () => `,"time":"${new Date().toISOString()}"` },
    {
      write(line: string) {
        if (ahead !== null && ahead > MAX_AHEAD_CHARACTERS) {
          leftOut += 1;
          return;
        }
        const printed = print(line);
        const masked = mask === null ? printed : maskPrinted(printed, mask, format);
        if (out.write(masked)) return;
        if (ahead === null) out.drained(caughtUp);
        ahead = (ahead ?? 0) + masked.length;
      },
    },
  );

  function caughtUp(): void {
    const missing = leftOut;
    ahead = null;
    leftOut = 0;
    if (missing > 0) {
      logger.warn({ missing }, `${missing} lines are missing here: the log's reader took nothing`);
    }
  }

  return {
    format,
    terminal,
    rawJobOutput,
    logger,
    write: (lines) => out.write(lines),
    drained: (callback) => out.drained(callback),
    maskWith: (given) => {
      mask = given;
    },
    flush: () => out.flush(),
  };
}

/** A mask over the whole of a JSON line could hide half of an escape: its values are masked one by one. */
function maskPrinted(printed: string, mask: (text: string) => string, format: LogFormat): string {
  const masked = mask(printed);
  if (format === 'text' || masked === printed) return masked;
  const record: unknown = JSON.parse(printed, (_, value: unknown) =>
    typeof value === 'string' ? mask(value) : value,
  );
  return `${JSON.stringify(record)}\n`;
}

/**
 * Any module that imports `node:process` makes Node put a pipe at stdout into non-blocking mode. A
 * write to a full pipe then fails, and the log would sleep for 100 ms before each new try. The log's
 * writes are made by a thread of their own, which may as well wait in the write.
 */
function letWritesWait(): void {
  const handle: unknown = Reflect.get(process.stdout, '_handle');
  if (!(handle instanceof Object && 'setBlocking' in handle)) return;
  if (typeof handle.setBlocking === 'function') handle.setBlocking(true);
}

function textPrinter(terminal: boolean): (line: string) => string {
  const pretty = prettyFactory({
    colorize: terminal,
    hideObject: true,
    ignore: 'room,err',
    translateTime: false,
    customPrettifiers: {
      time: (time) => formatTime(Date.parse(text(time)), terminal),
    },
    messageFormat: (record, messageKey) =>
      `${text(record['room']).padEnd(8)} ${text(record[messageKey])}${errorText(record)}`,
  });
  return (line) => pretty(line) ?? line;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function errorText(record: Record<string, unknown>): string {
  const error = text(record['error']);
  return error === '' ? '' : `\n${error.replaceAll(/^/gm, '    ')}`;
}
