import { z } from 'zod';

const LOG_FORMATS = ['text', 'json'] as const;
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];
export type LogLevel = (typeof LOG_LEVELS)[number];

/** The two settings that every program of ours shares. Who only reads settings loads no log. */
export const logSettings = {
  LOG_FORMAT: z.enum(LOG_FORMATS, { error: 'expected text or json' }).default('text'),
  LOG_LEVEL: z
    .enum(LOG_LEVELS, { error: `expected one of ${LOG_LEVELS.join(', ')}` })
    .default('info'),
};
