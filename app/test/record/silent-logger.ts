import { pino } from 'pino';
import type { Logger } from '../../src/log.ts';

export const silentLogger: Logger = pino({ level: 'silent' });
