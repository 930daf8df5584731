import { JOB_SOURCES, sourceOf, type JobSource } from '../events/job-source.ts';
import type { ProcessUser } from '../processes/process-user.ts';
import type { Job } from '../schedule/job.ts';
import type { ActiveRelease } from './run-environment.ts';

/** As whom the jobs of a source run, where, and with what. */
export interface Workplace {
  /** Null: the supervisor's own user. */
  readonly runAs: ProcessUser | null;
  /** What every job starts from. Asked at each start: it may change. */
  environment(): Readonly<Record<string, string>>;
  /** Where a run starts when there is no release. Absolute. */
  readonly directory: string;
  /** Null: its jobs belong to none, or there is none yet. */
  release(): ActiveRelease | null;
}

/** Each source has a workplace of its own: no job of one gets what is the other's. */
export type WorkplaceOf = (source: JobSource) => Workplace;

export function workplaceOfJob(workplaceOf: WorkplaceOf, { slug }: Pick<Job, 'slug'>): Workplace {
  return workplaceOf(sourceOf(slug));
}

/** As whom there may be processes of jobs, each once. */
export function usersOf(workplaceOf: WorkplaceOf): (ProcessUser | null)[] {
  const users = JOB_SOURCES.map((source) => workplaceOf(source).runAs);
  return [...new Map(users.map((user) => [user?.uid ?? null, user])).values()];
}
