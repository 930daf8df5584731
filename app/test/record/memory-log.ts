import { pino } from 'pino';
import type { Logger } from '@gitcron/base/log';

/** A log that can be read again. */
export function memoryLog(): { logger: Logger; lines: () => Record<string, unknown>[] } {
  const lines: string[] = [];
  const logger = pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) });
  return { logger, lines: () => lines.map((line) => JSON.parse(line)) };
}
