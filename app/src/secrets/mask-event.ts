import { isDeepStrictEqual } from 'node:util';
import type { PlannedJob, RevisionChanges } from '../api/plan.ts';
import type { Outcome, RecordedEvent, ReleaseName, RunDescription } from '../events.ts';
import { maskMembers, maskParams } from './mask-params.ts';

/**
 * An event without secrets, as the record and the API may keep it. Names of jobs stay as they
 * are, because they are keys; output was masked where it came in.
 */
export function maskEvent(event: RecordedEvent, maskText: (text: string) => string): RecordedEvent {
  switch (event.type) {
    case 'run_queued':
      return { ...event, run: maskRun(event.run, maskText) };
    case 'attempt_finished':
    case 'run_finished':
      return { ...event, outcome: maskOutcome(event.outcome, maskText) };
    case 'release_activated':
      return { ...event, release: maskRelease(event.release, maskText) };
    case 'release_planned': {
      const items = event.jobs.items.map((job) => maskPlannedJob(job, maskText));
      return { ...event, jobs: { ...event.jobs, items } };
    }
    case 'changes_learned':
      return { ...event, changes: maskChanges(event.changes, maskText) };
    case 'revision_rejected':
    case 'sync_failed':
      return { ...event, reason: maskText(event.reason) };
    case 'schedule_replaced': {
      const jobs = event.jobs.map((job) => ({
        ...job,
        description: maskText(job.description),
        command: maskText(job.command),
      }));
      return { ...event, jobs };
    }
    case 'output':
    case 'clock_set_back':
    case 'attempt_started':
    case 'revision_noticed':
    case 'dependencies_installed':
    case 'sync_published':
      return event;
  }
  return event satisfies never;
}

export function maskRun(run: RunDescription, maskText: (text: string) => string): RunDescription {
  const { command, requestedBy, params, release } = run;
  const masked = maskParams(params, maskText);
  return {
    ...run,
    command: maskText(command),
    requestedBy: requestedBy && maskText(requestedBy),
    params: masked,
    paramsMasked: !isDeepStrictEqual(masked, params),
    release: release && maskRelease(release, maskText),
  };
}

export function maskRelease(release: ReleaseName, maskText: (text: string) => string): ReleaseName {
  const { subject, author } = release;
  return { ...release, subject: maskText(subject), author: maskText(author) };
}

export function maskPlannedJob(job: PlannedJob, maskText: (text: string) => string): PlannedJob {
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
    settings: maskMembers(job.settings, maskText),
  };
}

function maskChanges(
  changes: RevisionChanges,
  maskText: (text: string) => string,
): RevisionChanges {
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

function maskOutcome(outcome: Outcome, maskText: (text: string) => string): Outcome {
  const { reason, result, error } = outcome;
  return {
    ...outcome,
    reason: maskText(reason),
    result: result === null ? null : maskText(result),
    error: error === null ? null : maskText(error),
  };
}
