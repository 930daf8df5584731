import type { Environment } from '@gitcron/base/environment';
import { z } from 'zod';

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

/** The zone of the process, as TZ or the system sets it. */
export function systemTimeZone(): string {
  const zone = new Intl.DateTimeFormat('en').resolvedOptions().timeZone;
  // ICU's name for TZ= without a value, which libc and cron take for UTC.
  return zone === 'Etc/Unknown' ? 'UTC' : zone;
}

/** An empty TZ is UTC (tzset(3)), where every other empty setting is one that is not set. */
export function withUtcForEmptyZone(environment: Environment): Environment {
  return environment['TZ'] === '' ? { ...environment, TZ: 'UTC' } : environment;
}

/** A name of the IANA time zone database. */
export const timeZone = z
  .string()
  .refine(isTimeZone, 'expected a time zone such as Europe/Amsterdam or UTC');
