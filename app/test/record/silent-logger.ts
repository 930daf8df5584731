import { pino } from 'pino';
import type { Logger } from '@gitcron/base/log';

export const silentLogger: Logger = pino({ level: 'silent' });
