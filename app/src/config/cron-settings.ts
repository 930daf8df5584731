import { readEnvironment, type Environment } from '@gitcron/base/environment';
import { z } from 'zod';
import { logSettings } from '@gitcron/base/log-settings';
import { settingsSchema } from './settings.ts';
import { withUtcForEmptyZone } from './time-zone.ts';

const { TZ, JOB_CONCURRENCY, JOB_USER, POLL_SEC, SECRET_ENV, SHUTDOWN_GRACE } =
  settingsSchema.shape;

/**
 * The settings of `gitcron cron`: few, because the environment there is the jobs'. A job's
 * HTTP_PORT is no business of ours, and its LOG_LEVEL may be one that we do not know.
 */
const cronSettingsSchema = z.object({
  TZ,
  JOB_USER,
  POLL_SEC,
  SECRET_ENV,
  SHUTDOWN_GRACE,
  // What takes the place of another cron must not hold its jobs back.
  JOB_CONCURRENCY: JOB_CONCURRENCY.unwrap().default(1000),
  LOG_FORMAT: logSettings.LOG_FORMAT.catch('text'),
  LOG_LEVEL: logSettings.LOG_LEVEL.catch('info'),
});

export type CronSettings = z.output<typeof cronSettingsSchema>;

/** @throws SettingsError with every mistake at once. */
export function readCronSettings(environment: Environment): CronSettings {
  return readEnvironment(cronSettingsSchema, withUtcForEmptyZone(environment));
}
