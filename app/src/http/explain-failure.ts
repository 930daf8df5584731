import { isDeepStrictEqual } from 'node:util';
import { toIso } from '../api/instant.ts';
import type { WhyView } from '../api/why.ts';
import type { History } from '../record/history/history.ts';
import type { Run } from '../record/history/rows.ts';
import { isSameError } from '../report/same-error.ts';
import { compareReleases } from './compare-releases.ts';
import { HttpError } from './problem.ts';
import { sayWhy } from './views/why.ts';

const EXPLAINED: ReadonlySet<string> = new Set(['failed', 'timed_out', 'lost']);

/** @throws HttpError 409 for a run that has not failed. */
export async function explainFailure(history: History, run: Run): Promise<WhyView> {
  if (!EXPLAINED.has(run.status)) throw notFailed(run);
  const successId = await history.lastSuccess(run.job, run);
  const success = successId === null ? null : await history.run(successId);
  const failures = await history.failures(run.job, run);
  const same = failures.filter((failure) => isSameError(failure, run));
  const why = {
    id: run.runId,
    job: run.job,
    lastSuccess: success && {
      id: success.runId,
      finishedAt: toIso(success.finishedAt),
      release: success.revision,
    },
    changed: success && (await changesSince(history, success, run)),
    failures: {
      inARow: 1 + failures.filter((failure) => isAfter(failure, success)).length,
      sameError: {
        before: same.length,
        firstAt: toIso(same.at(-1)?.queuedAt ?? null),
        lastAt: toIso(same[0]?.queuedAt ?? null),
      },
    },
  };
  return { ...why, sentence: sayWhy(why) };
}

type Changes = NonNullable<WhyView['changed']>;

async function changesSince(history: History, success: Run, run: Run): Promise<Changes> {
  const ofRelease = await releaseChanges(history, success, run);
  const changes = {
    ...ofRelease,
    command: changeOf(success.command, run.command),
    params: changeOf(success.params, run.params),
    host: changeOf(success.host, run.host),
  };
  return { anything: isAnythingChanged(changes), ...changes };
}

type OfRelease = Pick<Changes, 'release' | 'commits' | 'files' | 'line' | 'packages'>;

/** The same release is the same code with the same packages. */
const SAME_RELEASE: OfRelease = {
  release: null,
  commits: { direction: 'added', total: 0, items: [] },
  files: { total: 0, items: [] },
  line: null,
  packages: [],
};
const NOT_REMEMBERED = { commits: null, files: null, line: null, packages: null };

async function releaseChanges(history: History, success: Run, run: Run): Promise<OfRelease> {
  const [from, to] = [success.revision, run.revision];
  if (from === to || from === null || to === null) return SAME_RELEASE;
  const release = { from, to };
  const plans = [...(await history.plans(from)), ...(await history.plans(to))];
  const areKnown = [from, to].every((one) => plans.some(({ revision }) => revision === one));
  if (!areKnown) return { release, ...NOT_REMEMBERED };
  const { commits, files, jobs, packages } = await compareReleases(history, release);
  const line = jobs?.changed.find(({ to: { slug } }) => slug === run.job) ?? null;
  return { release, commits, files, line, packages };
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

function isAfter(failure: { queuedAt: number }, success: Run | null): boolean {
  return success === null || failure.queuedAt > success.queuedAt;
}

function notFailed({ status, finishedAt }: Run): HttpError {
  const sentence =
    finishedAt === null ? 'This run is not over yet.' : `This run has not failed; it is ${status}.`;
  return new HttpError(409, 'GITCRON_E_RUN_NOT_FAILED', sentence, {
    hint: 'Why is told of runs that failed, timed out or were lost.',
  });
}
