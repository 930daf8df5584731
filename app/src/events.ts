import type { EpochMs } from './clock.ts';

/** Why a run started. */
export type Trigger = 'schedule' | 'manual' | 'http' | 'retry' | 'catch_up' | 'deploy' | 'boot';

/** Every run ends in exactly one of the statuses that are not `queued` or `running`. */
export type RunStatus =
  | 'queued'
  | 'running'
  | 'succeeded'
  | 'failed'
  | 'timed_out'
  | 'canceled'
  | 'skipped'
  | 'lost';

export type FinalStatus = Exclude<RunStatus, 'queued' | 'running'>;

/** The commit that a release was made from, as the log, the record and the panel name it. */
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
  /** The slot; null for a run that no schedule planned. */
  readonly scheduledAt: EpochMs | null;
  /** Null when a plain crontab is run without a repository. */
  readonly release: ReleaseName | null;
}

export type OutputStream = 'stdout' | 'stderr';

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
}

/** The life of a run, in order. `run` emits these; the log, the record and the reports listen. */
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
      readonly reason: 'new revision' | 'rollback' | 'start';
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
