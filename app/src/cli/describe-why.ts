import type { WhyView } from '../api/why.ts';
import { shortRevision } from '../sync/revision.ts';
import { plain, zonedTime } from './printing.ts';

/** So many are shown; `gitcron diff` has the others. */
const SHOWN = 20;

export function describeWhy(why: WhyView | null): string[] {
  if (why === null) return [];
  const { sentence, lastSuccess, changed, evidence, failures } = why;
  const { firstAt, lastAt } = failures.sameError;
  const release = changed?.release ?? null;
  return [
    '',
    'Why:',
    `  ${plain(sentence)}`,
    ...(lastSuccess === null
      ? []
      : [`  It succeeded last at ${zonedTime(lastSuccess.finishedAt)}.`]),
    ...(firstAt === null
      ? []
      : [
          `  The same error came ${firstAt === lastAt ? `at ${zonedTime(firstAt)}` : `from ${zonedTime(firstAt)} to ${zonedTime(lastAt)}`}.`,
        ]),
    ...evidenceLines(evidence),
    ...(release === null
      ? []
      : [
          `  gitcron diff ${shortRevision(release.from)} ${shortRevision(release.to)} shows all of it.`,
        ]),
  ];
}

/** What weighs most first. */
function evidenceLines(evidence: WhyView['evidence']): string[] {
  if (evidence.length === 0) return [];
  const rest = evidence.length - SHOWN;
  return [
    '  What is not as it was:',
    ...evidence.slice(0, SHOWN).map(({ sentence }) => `    ${plain(sentence)}`),
    ...(rest > 0 ? [`    … and ${rest} more`] : []),
  ];
}
