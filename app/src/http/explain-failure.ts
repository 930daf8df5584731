import { toIso } from '../api/instant.ts';
import { MOST_EVIDENCE } from '../api/evidence.ts';
import type { WhyView } from '../api/why.ts';
import type { Failure } from '../record/history/failures.ts';
import type { History } from '../record/history/history.ts';
import type { Run } from '../record/history/rows.ts';
import { isSameError } from '../report/same-error.ts';
import { asItBegan, inOrder } from '../report/why/gather-evidence.ts';
import { sayWhy } from '../report/why/say-why.ts';
import { compareRuns, type Compared } from './compare-runs.ts';
import { HttpError } from './problem.ts';

const EXPLAINED: ReadonlySet<string> = new Set(['failed', 'timed_out', 'lost']);

/** @throws HttpError 409 for a run that has not failed. */
export async function explainFailure(history: History, run: Run): Promise<WhyView> {
  if (!EXPLAINED.has(run.status)) throw notFailed(run);
  const success = await findSuccess(history, run);
  const failures = await history.failures(run.job, run);
  const compared = success && (await compareRuns(history, success, run));
  const row = failures.filter((failure) => isAfter(failure, success));
  const evidence = compared === null ? [] : await weigh(history, { run, success, compared, row });
  const same = failures.filter((failure) => isSameError(failure, run));
  const why = {
    id: run.runId,
    job: run.job,
    finding: findingOf(compared, evidence),
    evidence: evidence.slice(0, MOST_EVIDENCE),
    lastSuccess: success && {
      id: success.runId,
      job: success.job,
      finishedAt: toIso(success.finishedAt),
      durationMs: success.durationMs,
      release: success.revision,
    },
    changed: compared && compared.changed,
    failures: {
      inARow: 1 + row.length,
      since: toIso(row.at(-1)?.queuedAt ?? run.queuedAt),
      sameError: {
        before: same.length,
        firstAt: toIso(same.at(-1)?.queuedAt ?? null),
        lastAt: toIso(same[0]?.queuedAt ?? null),
        alsoBeforeSuccess: same.some((failure) => !isAfter(failure, success)),
      },
    },
  };
  return { ...why, sentence: sayWhy(why, run) };
}

/** Of the job; where it has none, of the one that it was before it was renamed. */
async function findSuccess(history: History, run: Run): Promise<Run | null> {
  const ofJob = await history.lastSuccess(run.job, run);
  if (ofJob !== null) return history.run(ofJob);
  const former = await history.formerName(run);
  const ofFormer = former === null ? null : await history.lastSuccess(former, run);
  return ofFormer === null ? null : history.run(ofFormer);
}

interface Weighed {
  readonly run: Run;
  readonly success: Run | null;
  readonly compared: Compared;
  /** The failures since the last success, the newest first. */
  readonly row: readonly Failure[];
}

/** What came only after the job had failed with the same error weighs least: such as tries to mend it. */
async function weigh(history: History, { run, success, compared, row }: Weighed) {
  const first = row.findLast((failure) => isSameError(failure, run));
  const began = first === undefined ? null : await history.run(first.runId);
  if (began === null || success === null) return inOrder(compared.evidence);
  const { evidence: atFirst } = await compareRuns(history, success, began);
  return inOrder(asItBegan(compared.evidence, atFirst));
}

function findingOf(compared: Compared | null, [first]: WhyView['evidence']): WhyView['finding'] {
  if (compared === null) return 'never_succeeded';
  if (first?.weight === 'own' || first?.weight === 'shared') return first.weight;
  const { files, packages } = compared.changed;
  if (files === null || packages === null) return 'not_known';
  return first === undefined || first.weight === 'later' ? 'nothing' : first.weight;
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
