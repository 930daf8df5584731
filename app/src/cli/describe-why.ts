import type { WhyView } from '../api/why.ts';
import { shortRevision } from '../sync/revision.ts';
import { commitLines, fileLines, jobLines, packageLines } from './diff.ts';
import { plain, zonedTime } from './printing.ts';

type Changed = NonNullable<WhyView['changed']>;

/** Of commits, files and packages so many are shown each; `gitcron diff` has the others. */
const SHOWN = 10;

export function describeWhy(why: WhyView | null): string[] {
  if (why === null) return [];
  const { sentence, lastSuccess, changed, failures } = why;
  const { firstAt, lastAt } = failures.sameError;
  return [
    '',
    'Why:',
    `  ${plain(sentence)}`,
    ...(lastSuccess === null
      ? []
      : [`  It succeeded last at ${zonedTime(lastSuccess.finishedAt)}.`]),
    ...(firstAt === null
      ? []
      : [`  The same error came from ${zonedTime(firstAt)} to ${zonedTime(lastAt)}.`]),
    ...(changed === null ? [] : changedLines(changed)),
  ];
}

function changedLines(changed: Changed): string[] {
  const { release, commits, files, line, command, packages, params, host } = changed;
  const less = commits?.direction === 'removed' ? ' that are not in it any more' : '';
  return [
    ...(release === null
      ? []
      : [`  Release ${shortRevision(release.from)} → ${shortRevision(release.to)}`]),
    ...section(`Commits${less}`, commits && commitLines(commits)),
    ...section('Its line', line && jobLines({ added: [], removed: [], changed: [line] })),
    ...section('Its command', line === null && command !== null ? pair(command) : []),
    ...section('Its parameters', params && pair({ from: json(params.from), to: json(params.to) })),
    ...section('Packages', packages && packageLines(packages)),
    ...section('Files', files && fileLines(files)),
    ...section('Host', host && pair(host)),
  ];
}

function section(head: string, lines: readonly string[] | null): string[] {
  if (lines === null || lines.length === 0) return [];
  const rest = lines.length - SHOWN;
  const shown = rest > 0 ? [...lines.slice(0, SHOWN), `  … and ${rest} more: gitcron diff`] : lines;
  return [`  ${head}:`, ...shown.map((line) => `  ${line}`)];
}

function pair({ from, to }: { from: string; to: string }): string[] {
  return [`  - ${plain(from)}`, `  + ${plain(to)}`];
}

function json(params: Readonly<Record<string, unknown>> | null): string {
  return params === null ? 'none' : JSON.stringify(params);
}
