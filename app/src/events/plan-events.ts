import type { JobParamView } from '../api/job-param.ts';
import {
  installedPackages,
  plannedJobs,
  revisionChanges,
  type PlannedJob,
  type RevisionChanges,
} from '../api/plan.ts';
import { defineEvent, type MaskText } from './define-event.ts';
import { eventSchema, revision } from './fields.ts';
import { maskMembers } from './mask-params.ts';
import { keepChanges, keepPlan } from './storing/keep-plan.ts';

/** What a release is made of, told once it is current; `connect-plans.ts` tells. */
export const releasePlanned = defineEvent({
  type: 'release_planned',
  schema: eventSchema('release_planned', {
    revision,
    jobs: plannedJobs,
    packages: installedPackages,
  }),
  mask(event, maskText) {
    const items = event.jobs.items.map((job) => maskPlannedJob(job, maskText));
    return { ...event, jobs: { ...event.jobs, items } };
  },
  storing: {
    kind: 'single',
    store: keepPlan,
    detail: ({ jobs, packages }) => ({ jobs: jobs.total, packages: packages.total }),
  },
});

/** git-sync finds it out after it has published, so it comes a little later. */
export const changesLearned = defineEvent({
  type: 'changes_learned',
  schema: eventSchema('changes_learned', { revision, changes: revisionChanges }),
  mask: (event, maskText) => ({ ...event, changes: maskChanges(event.changes, maskText) }),
  storing: {
    kind: 'single',
    store: keepChanges,
    detail({ changes: { from, added, modified, deleted, commits } }) {
      return { from, added, modified, deleted, commits: commits?.total ?? null };
    },
  },
});

export function maskPlannedJob(job: PlannedJob, maskText: MaskText): PlannedJob {
  const environment = Object.entries(job.environment).map(([name, value]) => [
    maskText(name),
    maskText(value),
  ]);
  return {
    ...job,
    ...(job.title !== undefined && { title: maskText(job.title) }),
    ...(job.section && { section: maskText(job.section) }),
    description: maskText(job.description),
    command: maskText(job.command),
    environment: Object.fromEntries(environment),
    ...(job.params && { params: maskJobParams(job.params, maskText) }),
    settings: maskMembers(job.settings, maskText),
  };
}

export function maskJobParams(params: readonly JobParamView[], maskText: MaskText): JobParamView[] {
  return params.map((param) => ({
    ...param,
    description: maskText(param.description),
    default: param.default === null ? null : maskText(param.default),
  }));
}

function maskChanges(changes: RevisionChanges, maskText: MaskText): RevisionChanges {
  const { files, commits } = changes;
  return {
    ...changes,
    files: {
      ...files,
      items: files.items.map((file) => ({ ...file, path: maskText(file.path) })),
    },
    commits: commits && {
      ...commits,
      items: commits.items.map((commit) => ({
        ...commit,
        subject: maskText(commit.subject),
        author: maskText(commit.author),
      })),
    },
  };
}
