import { isDeepStrictEqual } from 'node:util';
import type { Evidence } from '../api/evidence.ts';
import { toIso } from '../api/instant.ts';
import type { PlannedJob } from '../api/plan.ts';
import type { WhyView } from '../api/why.ts';
import type { History } from '../record/history/history.ts';
import type { Run } from '../record/history/rows.ts';
import type { CodeChanges } from '../report/why/file-evidence.ts';
import { gatherEvidence } from '../report/why/gather-evidence.ts';
import { changesOn, findWayBetween } from './compare-releases.ts';
import { diffJobs, diffPackages } from './views/release-diff.ts';

type Changes = NonNullable<WhyView['changed']>;

export interface Compared {
  readonly changed: Changes;
  /** In no order. */
  readonly evidence: readonly Evidence[];
}

/** What is different at a run from when the job, or the one that it was before, succeeded. */
export async function compareRuns(history: History, success: Run, run: Run): Promise<Compared> {
  const { code, jobs, ...ofRelease } = await compareReleasesOf(history, success, run);
  const restartedAt = await history.startBetween(success.runId, run.runId);
  const changes = {
    ...ofRelease,
    command: changeOf(success.command, run.command),
    params: changeOf(success.params, run.params),
    host: changeOf(success.host, run.host),
  };
  const { line, packages } = ofRelease;
  const between = { run, success, code, jobs, line, packages, restartedAt: toIso(restartedAt) };
  return {
    changed: { anything: isAnythingChanged(changes), ...changes },
    evidence: gatherEvidence(between),
  };
}

type OfRelease = Pick<Changes, 'release' | 'commits' | 'files' | 'line' | 'packages'> & {
  readonly code: CodeChanges | null;
  readonly jobs: readonly PlannedJob[] | null;
};

/** The same release is the same code with the same packages. */
const SAME_RELEASE: OfRelease = {
  release: null,
  commits: { direction: 'added', total: 0, items: [] },
  files: { total: 0, items: [] },
  line: null,
  packages: [],
  code: null,
  jobs: null,
};
const NOT_REMEMBERED = {
  commits: null,
  files: null,
  line: null,
  packages: null,
  code: null,
  jobs: null,
};

async function compareReleasesOf(history: History, success: Run, run: Run): Promise<OfRelease> {
  const [from, to] = [success.revision, run.revision];
  if (from === to || from === null || to === null) return SAME_RELEASE;
  const release = { from, to };
  const [before] = await history.plans(from);
  const [now] = await history.plans(to);
  if (before?.revision !== from || now?.revision !== to) return { release, ...NOT_REMEMBERED };
  const way = await findWayBetween(history, from, to);
  const { files, commits } = changesOn(way);
  return {
    release,
    files,
    commits,
    line:
      before.jobs && now.jobs && lineOf(before.jobs.items, now.jobs.items, success.job, run.job),
    packages:
      before.packages && now.packages && diffPackages(before.packages.items, now.packages.items),
    code: way && { way: way.steps, direction: way.direction, files: files?.items ?? [] },
    jobs: before.jobs && now.jobs && now.jobs.items,
  };
}

/** A job that was renamed is another to everybody else. */
function lineOf(
  before: readonly PlannedJob[],
  now: readonly PlannedJob[],
  former: string,
  slug: string,
): Changes['line'] {
  const to = now.find((job) => job.slug === slug);
  const from = before.find((job) => job.slug === former);
  if (from === undefined || to === undefined) return null;
  if (former !== slug) return { from, to };
  return diffJobs([from], [to]).changed[0] ?? null;
}

function changeOf<Value>(from: Value, to: Value): { from: Value; to: Value } | null {
  return isDeepStrictEqual(from, to) ? null : { from, to };
}

/** A new commit that changed nothing is no change; another host is none of the repository's. */
function isAnythingChanged(changes: Omit<Changes, 'anything'>): boolean | null {
  const { files, packages, line, command, params } = changes;
  const isCertain =
    [line, command, params].some((change) => change !== null) ||
    (files?.total ?? 0) > 0 ||
    (packages?.length ?? 0) > 0;
  if (isCertain) return true;
  return files === null || packages === null ? null : false;
}
