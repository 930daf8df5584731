import prettyMs from 'pretty-ms';
import type { Evidence } from '../../api/evidence.ts';
import type { WhyView } from '../../api/why.ts';
import { shortRevision } from '../../sync/revision.ts';
import { nameOf } from './file-evidence.ts';
import { whereToLook } from './look-outside.ts';
import { listed, times } from './words.ts';

type Told = Omit<WhyView, 'sentence'>;

/** How the run ended. */
export interface End {
  readonly status: string;
  readonly signal: string | null;
  readonly exitCode: number | null;
  readonly error: string | null;
  readonly durationMs: number | null;
}

/** So many things are named; the others are counted. */
const NAMED = 3;

/** What changed, where to look, and whether the error is known, in a few sentences. */
export function sayWhy(why: Told, end: End): string {
  return [
    ...sayKilled(end),
    ...sayChanges(why, end),
    ...sayLimit(why, end),
    ...sayFailures(why),
  ].join(' ');
}

function sayKilled({ status }: End): string[] {
  if (status !== 'lost') return [];
  return [
    'Gitcron was killed while it ran, and it ended with it: look first at what killed Gitcron.',
  ];
}

function sayChanges(why: Told, end: End): string[] {
  const { job, lastSuccess, changed } = why;
  if (lastSuccess === null || changed === null) {
    return [
      `No run of ${job} before it succeeded, as far as is remembered: there is nothing to compare it with.`,
      ...lookThere(end),
    ];
  }
  const renamed =
    lastSuccess.job === job
      ? []
      : [
          `Under this name it has never succeeded; as ${lastSuccess.job}, with the same command, it has.`,
        ];
  const whose =
    lastSuccess.job === job ? 'its last success' : `the last success of ${lastSuccess.job}`;
  const since = `since ${whose} (#${lastSuccess.id.slice(-8)})`;
  return [
    ...renamed,
    ...sayEvidence(why, changed, since),
    ...(isOwn(why.finding) ? [] : lookThere(end)),
  ];
}

function isOwn(finding: WhyView['finding']): boolean {
  return finding === 'own' || finding === 'shared';
}

function lookThere(end: End): string[] {
  const there = whereToLook(end);
  return there === null ? [] : [there];
}

function sayEvidence(
  { finding, evidence }: Told,
  changed: NonNullable<WhyView['changed']>,
  since: string,
): string[] {
  const { release, commits, files, packages } = changed;
  const of = (weight: Evidence['weight']) => evidence.filter((one) => one.weight === weight);
  const outside = of('outside').filter(({ label }) => label !== KILLED);
  const around = outside.map(({ sentence }) => `But ${lowerFirst(sentence)}`);
  const isKnown = files !== null && packages !== null;
  if (isOwn(finding)) {
    const back =
      commits?.direction === 'removed' ? 'Its release was rolled back: changed' : 'Changed';
    const rest = isKnown ? [] : ['What else its release changed is not remembered.'];
    const near = [...of('own'), ...of('shared')];
    return [`${back} ${since}: ${sayFirst(near)}${sayPushed(near, commits)}.`, ...rest];
  }
  if (!isKnown && release !== null) {
    const way = `${shortRevision(release.from)} → ${shortRevision(release.to)}`;
    return [`Its release changed ${since} (${way}); what in it is not remembered.`, ...around];
  }
  const others = of('others');
  if (others.length > 0) {
    return [
      `Nothing that it is known to use changed ${since}: its command, packages and parameters are the same. Changed beside it: ${sayFirst(others)}. Look outside, too.`,
      ...around,
    ];
  }
  const later = of('later');
  if (later.length > 0) {
    return [
      `Nothing of yours changed between its last success and when it began to fail so. Look outside. Changed later: ${sayFirst(later)}.`,
      ...around,
    ];
  }
  const same = release === null ? 'same commit' : 'same files';
  return [
    `Nothing of yours changed ${since}: ${same}, same packages, same line, same parameters. Look outside.`,
    ...around,
  ];
}

const KILLED = 'Gitcron was killed while it ran';

/** The first of them by name, the others by number. A file carries its commit, which is not told again. */
function sayFirst(evidence: readonly Evidence[]): string {
  const files = evidence.filter((one) => one.kind === 'file');
  const told = evidence.filter((one) => one.kind !== 'commit' || files.length === 0);
  const more = told.length - NAMED;
  const named = told.slice(0, NAMED).map(({ label }) => label);
  return listed(more > 0 ? [...named, `${more} more`] : named);
}

/** Of files whose commit is one of several. */
function sayPushed(
  evidence: readonly Evidence[],
  commits: NonNullable<WhyView['changed']>['commits'],
): string {
  const newest = commits?.items[0];
  const isUnsure = evidence.some((one) => one.kind === 'file' && one.commit === null);
  if (!isUnsure || commits === null || newest === undefined || commits.total < 2) return '';
  const which = commits.direction === 'removed' ? 'commits less' : 'commits';
  return `; ${commits.total} ${which}, the last ${nameOf(newest)}`;
}

function lowerFirst(sentence: string): string {
  return /^(?:It|A) /.test(sentence)
    ? sentence.charAt(0).toLowerCase() + sentence.slice(1)
    : sentence;
}

function sayLimit({ lastSuccess, evidence }: Told, { status, durationMs }: End): string[] {
  if (status !== 'timed_out' || durationMs === null) return [];
  if (evidence.some((one) => one.kind === 'line' && one.name === 'timeoutMs')) return [];
  const took = lastSuccess?.durationMs ?? null;
  const usual = took === null ? '' : `; its last success took ${prettyMs(took)}`;
  return [`It was ended at its limit, after ${prettyMs(durationMs)}${usual}.`];
}

function sayFailures({ failures: { inARow, sameError }, lastSuccess, finding }: Told): string[] {
  const { before, alsoBeforeSuccess } = sameError;
  const row = inARow > 1 ? `It failed ${times(inARow)} in a row` : null;
  if (before === 0) return row === null ? [] : [`${row}.`, 'This error is new.'];
  if (row !== null && !alsoBeforeSuccess && before === inARow - 1) {
    return [`${row}, ${inARow === 2 ? 'both times' : 'each time'} with this error.`];
  }
  const came = `The same error came ${times(before)} before`;
  const told = row === null ? [] : [`${row}.`];
  if (!alsoBeforeSuccess || lastSuccess === null) return [...told, `${came}.`];
  const meaning = isOwn(finding)
    ? ', also before this changed'
    : ', and the job succeeded again after that';
  return [...told, `${came}${meaning}.`];
}
