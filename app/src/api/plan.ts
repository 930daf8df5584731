import { z } from 'zod';
import { jobParamView } from './job-param.ts';

/** A list that holds the first of so many. */
function bounded<Item extends z.ZodType>(item: Item) {
  return z.object({ total: z.number().int(), items: z.array(item) });
}

/** So many of each are kept of a release. */
export const PLAN_LIMITS = { jobs: 2000, packages: 5000, files: 1000, commits: 200 } as const;

/** A job as a release's crontab says it, with every default filled in. */
export const plannedJob = z.object({
  slug: z.string(),
  /** What was kept by a Gitcron of before has none of these. */
  title: z.string().optional(),
  section: z.string().nullable().optional(),
  params: z.array(jobParamView).optional(),
  description: z.string(),
  schedule: z.string(),
  zone: z.string().nullable(),
  command: z.string(),
  environment: z.record(z.string(), z.string()),
  settings: z.record(z.string(), z.unknown()),
  /** Counted from 1. */
  line: z.number().int(),
});
export type PlannedJob = z.output<typeof plannedJob>;

export const installedPackage = z.object({
  language: z.enum(['node', 'python']),
  name: z.string(),
  /** Node can have several of one package. */
  versions: z.array(z.string()),
});
export type InstalledPackage = z.output<typeof installedPackage>;

export const changedFile = z.object({
  path: z.string(),
  change: z.enum(['added', 'modified', 'deleted']),
});
export type ChangedFile = z.output<typeof changedFile>;

export const commitView = z.object({
  hash: z.string(),
  subject: z.string(),
  author: z.string(),
  /** ISO 8601, as the committer's clock had it. */
  committedAt: z.string(),
});
export type CommitView = z.output<typeof commitView>;

/** What a revision changed, as git-sync writes it beside the tree. */
export const revisionChanges = z.object({
  /** The revision published before it. */
  from: z.string(),
  added: z.number().int(),
  modified: z.number().int(),
  deleted: z.number().int(),
  files: bounded(changedFile),
  /** The newest first; null where history could not be had. */
  commits: bounded(commitView).nullable(),
});
export type RevisionChanges = z.output<typeof revisionChanges>;

export const plannedJobs = bounded(plannedJob);
export const installedPackages = bounded(installedPackage);
export type PlannedJobs = z.output<typeof plannedJobs>;
export type InstalledPackages = z.output<typeof installedPackages>;

/** The first of a list, and how many there are. */
export function firstOf<Item>(items: readonly Item[], limit: number) {
  return { total: items.length, items: items.slice(0, limit) };
}
