import { parseLossless } from '@gitcron/base/lossless-json';
import { z } from 'zod';
import {
  ACTIVATION_REASONS,
  type PlanEvent,
  type ReleaseEvent,
  type RunDescription,
  type RunEvent,
  type ScheduleEvent,
  type SyncEvent,
  JOB_SOURCES,
} from '../../events.ts';
import { installedPackages, plannedJobs, revisionChanges } from '../../api/plan.ts';
import { FINAL_STATUSES, TRIGGERS } from '../../api/run.ts';

/** The supervisor that makes the entries of a journal: its state volume, and this start of it. */
export interface Origin {
  readonly owner: string;
  readonly instance: string;
  readonly host: string;
}

type ActivatedEvent = Extract<ReleaseEvent, { type: 'release_activated' }>;
type FinishedEvent = Extract<RunEvent, { type: 'run_finished' }>;

/**
 * What the journal of runs holds, in the order in which it happened. Output has a journal of its
 * own, because it is the first to go when there is no room.
 */
export type Entry =
  | ({ readonly type: 'supervisor_started'; readonly at: number } & Origin)
  | {
      readonly type: 'run_queued';
      readonly at: number;
      readonly run: RunDescription;
      readonly origin: Origin;
    }
  | Extract<RunEvent, { type: 'attempt_started' | 'attempt_finished' }>
  | (FinishedEvent & { readonly outputOmittedBytes: number })
  /** Output that had to make room, by run. */
  | {
      readonly type: 'output_dropped';
      readonly at: number;
      readonly bytesByRun: Readonly<Record<string, number>>;
    }
  | ({ readonly type: 'clock_set_back'; readonly at: number } & Pick<Origin, 'owner'>)
  | Exclude<ReleaseEvent, ActivatedEvent>
  /** Entries of older versions do not say whose release it is. */
  | (ActivatedEvent & { readonly owner?: string | undefined })
  | PlanEvent
  | ScheduleEvent
  | SyncEvent;

/** Beyond it Postgres and `Date` disagree on how to write a year. */
const YEAR_10000 = 253_402_300_800_000;

const at = z.number().min(0).max(YEAR_10000);
const text = z.string();
const revision = z.string();
const runId = z.uuid();
const count = z.number().int().nonnegative();

const origin = z.object({ owner: z.uuid(), instance: z.uuid(), host: text });

const release = z.object({
  revision,
  subject: text,
  author: text,
  dependencyHash: text.nullable(),
});

const outcome = z.object({
  status: z.enum(FINAL_STATUSES),
  exitCode: z.number().int().nullable(),
  signal: text.nullable(),
  durationMs: z.number(),
  reason: text,
  result: text.nullable(),
  // Entries of older versions have none.
  error: text.nullable().default(null),
});

const run = z.object({
  runId,
  job: text,
  command: text,
  trigger: z.enum(TRIGGERS),
  requestedBy: text.nullable(),
  // Entries of older versions have none.
  params: z.record(text, z.unknown()).nullable().default(null),
  paramsMasked: z.boolean().optional(),
  scheduledAt: at.nullable(),
  release: release.nullable(),
});

const job = z.object({
  slug: text,
  description: text,
  command: text,
  schedule: text,
  zone: text.nullable(),
  disabled: z.boolean(),
  line: z.number().int(),
});

const attempt = z.number().int().positive();

/** A journal can have been written by an older version, so it is checked like any other input. */
const entrySchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('supervisor_started'), at, ...origin.shape }),
  z.object({ type: z.literal('run_queued'), at, run, origin }),
  z.object({ type: z.literal('attempt_started'), at, runId, attempt, pid: z.number().int() }),
  z.object({ type: z.literal('attempt_finished'), at, runId, attempt, outcome }),
  z.object({
    type: z.literal('run_finished'),
    at,
    runId,
    outcome,
    outputOmittedBytes: count,
  }),
  z.object({ type: z.literal('clock_set_back'), at, owner: z.uuid() }),
  z.object({ type: z.literal('output_dropped'), at, bytesByRun: z.record(z.uuid(), count) }),
  z.object({ type: z.literal('revision_noticed'), at, revision }),
  z.object({
    type: z.literal('dependencies_installed'),
    at,
    revision,
    dependencyHash: text,
    durationMs: z.number(),
  }),
  z.object({
    type: z.literal('release_activated'),
    at,
    release,
    reason: z.enum(ACTIVATION_REASONS),
    owner: z.uuid().optional(),
  }),
  z.object({
    type: z.literal('release_planned'),
    at,
    revision,
    jobs: plannedJobs,
    packages: installedPackages,
  }),
  z.object({ type: z.literal('changes_learned'), at, revision, changes: revisionChanges }),
  z.object({
    type: z.literal('revision_rejected'),
    at,
    revision,
    code: text,
    reason: text,
    willRetry: z.boolean(),
  }),
  z.object({
    type: z.literal('schedule_replaced'),
    // What was written by a Gitcron of before says nothing of it: there was only one.
    source: z.enum(JOB_SOURCES).default('repository'),
    at,
    revision: revision.nullable(),
    jobs: z.array(job),
  }),
  z.object({
    type: z.literal('sync_published'),
    at,
    revision,
    previous: revision.nullable(),
    durationMs: z.number(),
  }),
  z.object({ type: z.literal('sync_failed'), at, code: text, reason: text }),
]);

export function encodeEntry(entry: Entry): Buffer {
  return Buffer.from(JSON.stringify(entry));
}

/** @returns null for an entry that this version does not understand. */
export function decodeEntry(payload: Buffer): Entry | null {
  const parsed = entrySchema.safeParse(parseJson(payload.toString()));
  return parsed.success ? parsed.data : null;
}

function parseJson(source: string): unknown {
  try {
    // Output has no numbers to lose, and is most of what is read.
    return source.includes('"params":{') ? parseLossless(source) : JSON.parse(source);
  } catch {
    return undefined;
  }
}
