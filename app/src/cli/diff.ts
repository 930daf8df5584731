import { Command } from 'commander';
import type { PlannedJob } from '../api/plan.ts';
import {
  releaseDiff,
  type JobsDiff,
  type PackageChange,
  type ReleaseDiff,
} from '../api/release-diff.ts';
import { quoted, shortRevision } from '../sync/revision.ts';
import { connectToSupervisor } from './client/api-client.ts';
import { plain, printJson } from './printing.ts';

export function diffCommand(): Command {
  return new Command('diff')
    .description('Says what is different in release B from release A, as it is remembered.')
    .argument('<A>', 'a release, by the beginning of its hash: at least four digits')
    .argument('<B>', 'the other one')
    .option('--json', 'for programs')
    .addHelpText(
      'after',
      `
Examples:
  gitcron diff 2df9a9d 3f2a1b9
  gitcron diff 2df9a9d 3f2a1b9 --json | jq -r '.packages[].name'`,
    )
    .action(async (from: string, to: string, { json }: { json?: boolean }) => {
      const client = await connectToSupervisor();
      const [a, b] = [encodeURIComponent(from), encodeURIComponent(to)];
      const diff = await client.ask(`/api/v1/releases/${a}/diff/${b}`, releaseDiff);
      if (json) printJson(diff);
      else for (const line of diffLines(diff)) console.log(line);
    });
}

function diffLines({ from, to, jobs, packages, files, commits }: ReleaseDiff): string[] {
  return [
    `${nameOf(from)} → ${nameOf(to)}`,
    ...section('Jobs', jobs && jobLines(jobs)),
    ...section('Packages', packages && packageLines(packages)),
    ...section('Files', files && fileLines(files)),
    ...section(
      commits?.direction === 'removed' ? 'Commits that are not in it' : 'Commits',
      commits && commitLines(commits),
    ),
  ];
}

function packageLines(packages: readonly PackageChange[]): string[] {
  return packages.map(({ name, from: before, to: after }) => {
    const [old, now] = [before, after].map((versions) => versions.join(', '));
    if (old === '') return `  + ${plain(name)} ${plain(now ?? '')}`;
    if (now === '') return `  - ${plain(name)} ${plain(old ?? '')}`;
    return `  ~ ${plain(name)} ${plain(old ?? '')} → ${plain(now ?? '')}`;
  });
}

function fileLines({ total, items }: NonNullable<ReleaseDiff['files']>): string[] {
  return [
    ...items.map(({ path, change }) => `  ${SIGN[change]} ${plain(path)}`),
    ...more(total, items.length),
  ];
}

function commitLines({ total, items }: NonNullable<ReleaseDiff['commits']>): string[] {
  return [
    ...items.map(
      ({ hash, subject, author }) =>
        `  ${shortRevision(hash)} ${plain(subject)} (${plain(author)})`,
    ),
    ...more(total, items.length),
  ];
}

/** The jobs that differ, with their lines of both crontabs. */
export function jobLines({ added, removed, changed }: JobsDiff): string[] {
  return [
    ...removed.flatMap((job) => [`  - ${job.slug}`, lineOf('-', job)]),
    ...added.flatMap((job) => [`  + ${job.slug}`, lineOf('+', job)]),
    ...changed.flatMap(({ from, to }) => [
      `  ~ ${to.slug}`,
      ...(lineOf('', from) === lineOf('', to)
        ? [`      its settings, parameters or environment: line ${from.line} → ${to.line}`]
        : [lineOf('-', from), lineOf('+', to)]),
    ]),
  ];
}

function lineOf(sign: string, { schedule, command }: PlannedJob): string {
  return `      ${sign} ${plain(schedule)} ${plain(command)}`;
}

const SIGN = { added: '+', modified: '~', deleted: '-' } as const;

function section(head: string, lines: readonly string[] | null): string[] {
  if (lines === null) return [`${head}: not remembered of both.`];
  return lines.length === 0 ? [`${head}: the same.`] : [`${head}:`, ...lines];
}

function more(total: number, shown: number): string[] {
  return total > shown ? [`  … and ${total - shown} more`] : [];
}

function nameOf({ revision, subject }: { revision: string; subject: string }): string {
  return `${shortRevision(revision)}${quoted(plain(subject))}`;
}
