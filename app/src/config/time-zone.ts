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
  return new Intl.DateTimeFormat('en').resolvedOptions().timeZone;
}

/** A name of the IANA time zone database. */
export const timeZone = z
  .string()
  .refine(isTimeZone, 'expected a time zone such as Europe/Amsterdam or UTC');
