import type { EpochMs } from '@gitcron/base/clock';
import type { InstalledPackages, PlannedJobs, RevisionChanges } from './api/plan.ts';
import type { OutputStream } from './api/output.ts';
import type { FinalStatus, Trigger } from './api/run.ts';

/** Why a release became current. */
export const ACTIVATION_REASONS = ['new revision', 'rollback', 'start'] as const;

/** The commit that a release was made from, as the log, the record and the API name it. */
export interface ReleaseName {
  /** The full commit hash, or `dir-<hash>` for a plain directory. */
  readonly revision: string;
  readonly subject: string;
  readonly author: string;
  /** The hash of manifest and lockfile; null when the repository has no manifest. */
  readonly dependencyHash: string | null;
}

/** What is known of a run before it starts. */
export interface RunDescription {
  /** UUID version 7: sorts by the time it was made. */
  readonly runId: string;
  /** The job's slug. */
  readonly job: string;
  readonly command: string;
  readonly trigger: Trigger;
  /** Who asked, for a run that no schedule started. */
  readonly requestedBy: string | null;
  /** What it was started with; the script finds it in `GITCRON_PARAMS`. Null: nothing. */
  readonly params: Readonly<Record<string, unknown>> | null;
  /** Whether secrets were taken out of `params`; not said: nobody has looked. */
  readonly paramsMasked?: boolean | undefined;
  /** The slot; null for a run that no schedule planned. */
  readonly scheduledAt: EpochMs | null;
  /** Null when a plain crontab is run without a repository. */
  readonly release: ReleaseName | null;
}

/** How an attempt or a whole run ended. */
export interface Outcome {
  readonly status: FinalStatus;
  readonly exitCode: number | null;
  /** `SIGTERM` and the like, when a signal ended it. */
  readonly signal: string | null;
  readonly durationMs: number;
  /** One sentence: what happened. */
  readonly reason: string;
  /** What the script wrote to `GITCRON_RESULT_FILE`; null when it wrote nothing. */
  readonly result: string | null;
  /** The end of what it wrote, when it did not succeed: of stderr, else of stdout. */
  readonly error: string | null;
}

/** The life of a run, in order. `run` emits these; the record and the API listen. */
export type RunEvent =
  | { readonly type: 'run_queued'; readonly at: EpochMs; readonly run: RunDescription }
  | {
      readonly type: 'attempt_started';
      readonly at: EpochMs;
      readonly runId: string;
      readonly attempt: number;
      readonly pid: number;
    }
  | {
      readonly type: 'output';
      readonly at: EpochMs;
      readonly runId: string;
      readonly attempt: number;
      readonly stream: OutputStream;
      /** As read from the pipe, so possibly ending in the middle of a line or a character. */
      readonly bytes: Buffer;
    }
  | {
      readonly type: 'attempt_finished';
      readonly at: EpochMs;
      readonly runId: string;
      readonly attempt: number;
      readonly outcome: Outcome;
    }
  | {
      readonly type: 'run_finished';
      readonly at: EpochMs;
      readonly runId: string;
      readonly outcome: Outcome;
    };

/** The life of a commit, in order. `release` emits these. */
export type ReleaseEvent =
  | { readonly type: 'revision_noticed'; readonly at: EpochMs; readonly revision: string }
  | {
      readonly type: 'dependencies_installed';
      readonly at: EpochMs;
      readonly revision: string;
      readonly dependencyHash: string;
      readonly durationMs: number;
    }
  | {
      readonly type: 'release_activated';
      readonly at: EpochMs;
      readonly release: ReleaseName;
      readonly reason: (typeof ACTIVATION_REASONS)[number];
    }
  | {
      readonly type: 'revision_rejected';
      readonly at: EpochMs;
      readonly revision: string;
      readonly code: string;
      readonly reason: string;
      /** True when it will be tried again without a new revision. */
      readonly willRetry: boolean;
    };

/** What a release is made of, told once it is current; `connect-plans.ts` tells. */
export type PlanEvent =
  | {
      readonly type: 'release_planned';
      readonly at: EpochMs;
      readonly revision: string;
      readonly jobs: PlannedJobs;
      readonly packages: InstalledPackages;
    }
  | {
      /** git-sync finds it out after it has published, so it comes a little later. */
      readonly type: 'changes_learned';
      readonly at: EpochMs;
      readonly revision: string;
      readonly changes: RevisionChanges;
    };

/** A job as the record knows it: what the crontab in force says. */
export interface JobDescription {
  readonly slug: string;
  readonly description: string;
  readonly command: string;
  /** As written in the crontab: `0 2 * * *`, `@every 30s`. */
  readonly schedule: string;
  /** Null for a schedule that has no zone, such as `@every`. */
  readonly zone: string | null;
  readonly disabled: boolean;
  /** Counted from 1. */
  readonly line: number;
}

/** Whose crontab jobs come from: the repository's, or Gitcron's own. */
export const JOB_SOURCES = ['repository', 'system'] as const;
export type JobSource = (typeof JOB_SOURCES)[number];

/** The schedule of one source was replaced by that of a crontab. `schedule-and-run.ts` tells. */
export interface ScheduleEvent {
  readonly type: 'schedule_replaced';
  readonly source: JobSource;
  readonly at: EpochMs;
  /** Null when a plain crontab is run without a repository. */
  readonly revision: string | null;
  /** Every job of the crontab, not only those that changed. */
  readonly jobs: readonly JobDescription[];
}

/** What git-sync did, as its status file tells. */
export type SyncEvent =
  | {
      readonly type: 'sync_published';
      readonly at: EpochMs;
      readonly revision: string;
      /** The revision before it; null for the first. */
      readonly previous: string | null;
      readonly durationMs: number;
    }
  | {
      readonly type: 'sync_failed';
      readonly at: EpochMs;
      readonly code: string;
      readonly reason: string;
    };

/** The wall clock shows an earlier time than before: what was told by it happened before `at`. */
export interface ClockEvent {
  readonly type: 'clock_set_back';
  readonly at: EpochMs;
}

/** Everything that the record keeps. */
export type RecordedEvent =
  | RunEvent
  | ReleaseEvent
  | PlanEvent
  | ScheduleEvent
  | SyncEvent
  | ClockEvent;
