import { z } from 'zod';
import { iso } from './instant.ts';

const onDisk = z.object({
  count: z.int(),
  bytes: z
    .int()
    .nullable()
    .describe('what they take on the disk; null: not measured yet, or not to be measured'),
});

/** How Gitcron itself does: versions, room, and how much it keeps. */
export const systemView = z.object({
  versions: z.object({
    gitcron: z.string(),
    node: z.string(),
    database: z.string().nullable().describe('of the Postgres server; null: not known now'),
    gitSync: z.string().nullable().describe('null: another program fills the source, or none yet'),
  }),
  host: z.string(),
  startedAt: iso,
  uptimeSec: z.int(),
  memoryBytes: z.int().describe('what the supervisor itself has in memory'),
  stateVolume: z.object({
    freeBytes: z.int().nullable().describe('what is left for us; null: not known'),
    totalBytes: z.int().nullable(),
    releases: onDisk.describe('the code of releases, without dependencies'),
    dependencies: onDisk,
  }),
  journalBytes: z.int().nullable().describe('not in the database yet; null: history is not kept'),
  history: z
    .object({
      measuredAt: iso,
      runs: z.int(),
      oldestRunAt: iso.nullable(),
      bytes: z.int().describe('of its tables and their indexes'),
      databaseBytes: z.int().describe('of the whole database that they are in'),
    })
    .nullable()
    .describe('null: it is not kept, or the database does not answer'),
  retention: z
    .object({
      runsDays: z.int(),
      runsPerJob: z.int(),
      outputBytes: z.int().describe('of all runs together'),
      outputOfRunBytes: z.int(),
      journalBytes: z.int().describe('while the database is away'),
      releases: z.int(),
    })
    .describe('how much is kept at most'),
});
export type SystemView = z.output<typeof systemView>;

/** One setting, as it is in force. */
export const settingView = z.object({
  name: z.string(),
  value: z.string().nullable().describe('null: not set, or never shown'),
  isSet: z.boolean(),
  isSecret: z.boolean().describe('its value, or a part of it, is never shown'),
  from: z
    .enum(['default', 'environment', 'file', 'start'])
    .describe('file: what `file` names holds it; start: `gitcron up` decided it'),
  file: z.string().nullable(),
  unit: z.string().nullable().describe('seconds, MiB, days …'),
});
export type SettingView = z.output<typeof settingView>;

export const settingList = z.object({ items: z.array(settingView) });
