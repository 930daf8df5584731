import type { EpochMs } from '@gitcron/base/clock';
import type { DeedEvent } from '../events.ts';
import type { History } from '../record/history/history.ts';
import type { Recorder } from '../record/recorder.ts';
import type { CleanupResult } from '../record/retention/cleanup.ts';
import type { LockedOut } from '../record/scripts-login/watch-login.ts';
import type { RejectedRevision } from '../release/rejection.ts';
import type { Release } from '../release/release.ts';
import type { SyncStatus } from '../sync/sync-status.ts';
import type { RunDesk } from '../run/run-desk.ts';
import type { Job } from '../schedule/job.ts';
import type { StateUnwritten } from '../state/heartbeat-file.ts';
import type { JobSwitch } from '../schedule/job-switches.ts';
import type { SchedulerHealth } from '../schedule/last-minute-beat.ts';
import type { Acknowledgements } from './acknowledgements.ts';
import type { RunBoard } from './run-board.ts';
import type { RollbackPreview } from '../api/release-diff.ts';
import type { SyncView } from '../api/sync.ts';
import type { SettingView, SystemView } from '../api/system.ts';
import type { DiskUse } from '../state/disk-use.ts';

/** What was recorded, where there is a database to record in. */
export interface RecordRoom {
  readonly recorder: Recorder;
  readonly history: History;
  cleanUp(dryRun: boolean): Promise<CleanupResult>;
}

/** The jobs of the crontab in force, as they are scheduled. */
export interface Jobs {
  list(): readonly Job[];
  get(slug: string): Job | null;
  /** As its crontab says it, whatever a switch says. */
  written(slug: string): Job | null;
  /** Somebody's word on whether it is scheduled; null when only the crontab has spoken. */
  switchOf(slug: string): JobSwitch | null;
  /** @param enabled null gives the word back to the crontab. */
  setSwitch(slug: string, enabled: boolean | null, by: string): Promise<void>;
  nextSlots(slug: string, count: number): EpochMs[];
  readonly zone: string;
}

export interface Releases {
  list(): Promise<Release[]>;
  current(): Release | null;
  /** Since when there is none; null while one is current. */
  missingSince(): EpochMs | null;
  /** What the source shows and what was not made a release. */
  rejected(): RejectedRevision | null;
  pinned(): Promise<string | null>;
  /** Which file of the repository is the crontab, and the text of that in force; empty when it cannot be read. */
  crontab(): Promise<{ readonly file: string; readonly text: string }>;
  /** @param prefix the beginning of its hash; null for the one before. @returns the one gone back to. */
  rollBack(prefix: string | null): Promise<Release>;
  /** What `rollBack` would do. */
  preview(prefix: string | null): Promise<RollbackPreview>;
}

export interface Sync {
  status(): Promise<SyncStatus | null>;
  now(): Promise<SyncView>;
}

type WithoutInstant<Event> = Event extends unknown ? Omit<Event, 'at'> : never;

/** What somebody did just now. */
export type Deed = WithoutInstant<DeedEvent>;

/** What the HTTP server needs of the other rooms; `connect-http.ts` hands it over. */
export interface Rooms {
  readonly jobs: Jobs;
  readonly runner: RunDesk;
  readonly board: RunBoard;
  readonly acknowledgements: Acknowledgements;
  /** Null without a database. */
  readonly record: RecordRoom | null;
  /** Why jobs cannot log in to their database, where it is on our server; null when they can. */
  lockedOut(): LockedOut | null;
  /** Why nothing can be written to the state volume; null when it can. */
  stateUnwritten(): StateUnwritten | null;
  readonly releases: Releases;
  readonly sync: Sync;
  /** What the state volume has room for, and what we have there. */
  diskUse(): Promise<DiskUse>;
  /** See `settingsInForce`. */
  settings(): SettingView[];
  readonly retention: SystemView['retention'];
  schedulerHealth(): SchedulerHealth;
  /** Since when slots have been looked after; null while nothing is fired. */
  slotsWatchedSince(): EpochMs | null;
  readonly startedAt: EpochMs;
  readonly host: string;
  readonly version: string;
  /** Tells everybody what somebody did. */
  readonly tell: (deed: Deed) => void;
  /** Takes secrets out of texts. */
  readonly maskText: (text: string) => string;
}
