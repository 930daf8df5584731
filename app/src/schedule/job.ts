import type { EpochMs } from '@gitcron/base/clock';
import type { FOLLOWED_ENDS } from '../api/job.ts';
import type { Predecessor } from '../events/run-description.ts';
import type { CronExpression } from './expression/cron-expression.ts';

/** When a job is due. */
export type Schedule =
  | {
      readonly kind: 'cron';
      readonly source: string;
      readonly expression: CronExpression;
      readonly zone: string;
    }
  | { readonly kind: 'interval'; readonly source: string; readonly intervalMs: number }
  /** Once per start of the supervisor. */
  | { readonly kind: 'reboot'; readonly source: string }
  /** Only when somebody asks for it. */
  | { readonly kind: 'manual'; readonly source: string }
  /** When a run of another job has ended. */
  | {
      readonly kind: 'after';
      readonly source: string;
      /** The slug. */
      readonly job: string;
      readonly when: FollowedEnd;
    };

export type FollowedEnd = (typeof FOLLOWED_ENDS)[number];

export type OverlapPolicy = 'skip' | 'queue' | 'allow' | 'replace';

/** Which of the slots missed while nothing was running are made up for. */
export type CatchUp =
  | { readonly kind: 'none' }
  | { readonly kind: 'last'; readonly windowMs: number | null }
  | { readonly kind: 'all'; readonly windowMs: number | null };

export type NotifyPolicy = 'never' | 'failure' | 'always';

/** What the `@` lines above a job say, with every default filled in. */
export interface JobSettings {
  readonly timeoutMs: number | null;
  /** Between SIGTERM and SIGKILL. */
  readonly graceMs: number;
  readonly retries: number;
  readonly retryDelayMs: number;
  readonly overlap: OverlapPolicy;
  readonly catchUp: CatchUp;
  readonly jitterMs: number;
  readonly notify: NotifyPolicy;
  /** Jobs that share one exclude each other. */
  readonly lock: string | null;
  readonly disabled: boolean;
}

/** A parameter that the runs of a job take, as `# @param` above it says. */
export interface JobParam {
  readonly name: string;
  readonly description: string;
  readonly given:
    | { readonly kind: 'required' }
    | { readonly kind: 'optional' }
    | { readonly kind: 'default'; readonly value: string };
}

/** A named command with a schedule, as one crontab line and the comment block above it say it. */
export interface Job {
  /** The key: a slug, unique within a crontab. */
  readonly slug: string;
  /** What people call it: `@title`, or else the slug. */
  readonly title: string;
  /** Under which heading people find it: `@section` above. */
  readonly section: string | null;
  readonly description: string;
  readonly schedule: Schedule;
  readonly command: string;
  /** `NAME=value` lines above the job. */
  readonly environment: Readonly<Record<string, string>>;
  readonly settings: JobSettings;
  /** Empty: it takes whatever it is started with. */
  readonly params: readonly JobParam[];
  /** Where it stands in the crontab, counted from 1. */
  readonly line: number;
}

/** One planned instant of a job. */
export interface Slot {
  readonly job: Job;
  readonly at: EpochMs;
  readonly trigger: 'schedule' | 'catch_up' | 'boot';
}

/** A run that follows another one. */
export interface FollowUp {
  readonly job: Job;
  readonly after: Predecessor;
  readonly trigger: 'after' | 'catch_up';
}

/** So long before its instant a slot may be fired: all but its first instruction is done by then. */
export const MOST_AHEAD_MS = 100;

/**
 * What the schedule asks of the room that runs jobs. `schedule-and-run.ts` connects the two.
 * Slots are identified by job slug and instant.
 */
export interface Dispatcher {
  /** The slot is near: get a process ready for it, held at the gate. */
  prepare(slot: Slot): void;
  /**
   * The slot's instant has come, or does within `MOST_AHEAD_MS`: its command does not begin before.
   * Works without a `prepare` before it.
   * @param settled called just before a process of its run is let go, or when it is decided that
   * none will be; never for a run that only a shutdown, or a kill, kept from its turn.
   */
  fire(slot: Slot, settled?: () => void): void;
  /** A prepared slot will not fire after all: its job was changed or removed. */
  withdraw(slot: Slot): void;
}
