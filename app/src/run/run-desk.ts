import type { Trigger } from '../api/run.ts';
import type { RunDescription } from '../events.ts';
import type { Job } from '../schedule/job.ts';
import type { TooLong } from './process/start-size.ts';

/** A run that no slot asked for. */
export interface RunRequest {
  readonly job: Job;
  readonly trigger: Exclude<Trigger, 'schedule' | 'catch_up' | 'boot' | 'after'>;
  /** Who asked. */
  readonly requestedBy: string | null;
  /** Reach the script as JSON in `GITCRON_PARAMS`. */
  readonly params?: Readonly<Record<string, unknown>>;
  /** Nothing is to follow it. */
  readonly alone?: boolean;
  /** Made by whoever has to note it before there is a run; default: one is made here. */
  readonly runId?: string;
  /** Called before a first process of it is let go, or when it is decided that none will be: what is noted in it is noted before the fact. */
  readonly settled?: () => void;
}

export type StartResult =
  /** It is in the queue, or has begun. Events tell of it, sooner or later than this answer. */
  | { readonly kind: 'accepted'; readonly run: RunDescription }
  | { readonly kind: 'in_the_way'; readonly runId: string; readonly reason: string }
  /** Its command, variables and parameters are more than the system starts anything with. */
  | ({ readonly kind: 'too_long' } & TooLong)
  | { readonly kind: 'shutting_down' };

export interface ActiveRun {
  readonly run: RunDescription;
  readonly status: 'queued' | 'running';
  /** 0 while it waits for its first turn. */
  readonly attempt: number;
}

/** What others may ask of runs. They may be runs of another process: every answer takes a while. */
export interface RunDesk {
  start(request: RunRequest): Promise<StartResult>;
  /** @returns false when there is no such run any more. */
  cancel(runId: string, by: string): Promise<boolean>;
  /** Runs that are not over, in the order they came. */
  active(): Promise<ActiveRun[]>;
}
