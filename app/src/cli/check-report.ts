import type { EpochMs } from '@gitcron/base/clock';
import { zoneOf, type CrontabDifference } from '../schedule/check/compare-crontabs.ts';
import {
  describeProblem,
  describeWarning,
  type CrontabProblem,
  type CrontabWarning,
} from '../schedule/crontab/problem.ts';
import type { DependencyFindings } from './check-dependencies.ts';
import { drawChains } from './check-chains.ts';
import { describeSchedule } from '../schedule/describe.ts';
import { formatSlot } from '../schedule/format-slot.ts';
import type { Job } from '../schedule/job.ts';
import { paramsInWords, viewParams } from '../schedule/params.ts';
import { nextSlotsOf } from '../schedule/planner.ts';

/** What `gitcron check` found out. */
export interface CheckResult {
  readonly file: string;
  readonly errors: readonly CrontabProblem[];
  readonly warnings: readonly CrontabWarning[];
  readonly jobs: readonly Job[];
  /** Null for a plain crontab file: it has none. */
  readonly dependencies: DependencyFindings | null;
  readonly against: Comparison | null;
}

export interface Comparison {
  readonly ref: string;
  /** Null when one of the two crontabs has errors: what could not be read is not removed. */
  readonly difference: CrontabDifference | null;
  /** Null for a plain crontab file: it has no dependencies. */
  readonly dependenciesChange: boolean | null;
}

const SHOWN_SLOTS = 3;

const NOT_COMPARED = { added: null, removed: null, changed: null, renamed: null };

export interface ReportOptions {
  readonly json: boolean;
  readonly now: EpochMs;
  /** The zone in which slots of schedules without one are shown. */
  readonly zone: string;
}

export function printReport(result: CheckResult, options: ReportOptions): void {
  console.log(options.json ? asJson(result, options) : asText(result, options));
}

function asJson({ jobs, against, ...result }: CheckResult, { now }: ReportOptions): string {
  return JSON.stringify(
    {
      ...result,
      against: against && {
        ref: against.ref,
        ...(against.difference === null ? NOT_COMPARED : forPrograms(against.difference)),
        dependenciesChange: against.dependenciesChange,
      },
      jobs: jobs.map((job) => ({
        job: job.slug,
        line: job.line,
        title: job.title,
        section: job.section,
        description: job.description,
        schedule: job.schedule.source,
        zone: zoneOf(job),
        words: describeSchedule(job.schedule),
        command: job.command,
        after:
          job.schedule.kind === 'after' ? { job: job.schedule.job, when: job.schedule.when } : null,
        params: viewParams(job),
        disabled: job.settings.disabled,
        nextSlots: nextSlotsOf(job, now, SHOWN_SLOTS).map((at) => new Date(at).toISOString()),
      })),
    },
    null,
    2,
  );
}

function forPrograms({ renamed, ...difference }: CrontabDifference) {
  const names = renamed.map(({ before, after }) => ({ before, after: after.slug }));
  return { ...difference, renamed: names };
}

function asText(result: CheckResult, options: ReportOptions): string {
  const { file, errors, warnings, jobs, dependencies, against } = result;
  const parts = [
    ...jobs.map((job) => describeJob(job, options)),
    ...chains(jobs),
    ...warnings.map((warning) => `warning  ${describeWarning(warning)}`),
    ...errors.map((error) => `error  ${describeProblem(error)}`),
  ];
  for (const warning of dependencies?.warnings ?? []) parts.push(`warning  ${warning}`);
  if ((dependencies?.error ?? null) !== null) parts.push(`error  ${dependencies?.error}`);
  if (against !== null) parts.push(describeComparison(against));
  const doubts = counted(warnings.length, 'warning');
  // How many jobs it has is known when every line could be read.
  parts.push(
    errors.length === 0
      ? `${file} is right: ${counted(jobs.length, 'job')}, ${doubts}.`
      : `${file} has ${counted(errors.length, 'error')}, ${doubts}.`,
  );
  return parts.join('\n\n');
}

function chains(jobs: readonly Job[]): string[] {
  const lines = drawChains(jobs);
  return lines.length === 0
    ? []
    : [['which job follows which:', ...lines.map((line) => `  ${line}`)].join('\n')];
}

function describeJob(job: Job, { now, zone }: ReportOptions): string {
  const { slug, schedule, settings } = job;
  const shownZone = zoneOf(job) ?? zone;
  const slots = nextSlotsOf(job, now, SHOWN_SLOTS).map((at) => `    ${formatSlot(at, shownZone)}`);
  const words = `${describeSchedule(schedule)}${schedule.kind === 'cron' ? ` (${shownZone})` : ''}`;
  const state = settings.disabled ? ' (disabled)' : '';
  const params = paramsInWords(viewParams(job));
  return [
    `${slug}${state}  ${schedule.source}  ${job.command}`,
    `  ${words}`,
    ...(params === '' ? [] : [`  parameters: ${params}`]),
    ...slots,
  ].join('\n');
}

function describeComparison({ ref, difference, dependenciesChange }: Comparison): string {
  const lines =
    difference === null
      ? ['  jobs are not compared: one of the two crontabs has errors']
      : describeDifference(difference);
  if (dependenciesChange === true) lines.push('  dependencies change: they will be installed anew');
  if (dependenciesChange === false) lines.push('  dependencies stay as they are');
  return [`since ${ref}:`, ...lines].join('\n');
}

function describeDifference({ added, removed, changed }: CrontabDifference): string[] {
  const lines = [
    ...added.map((job) => `  + ${job}`),
    ...removed.map((job) => `  - ${job}`),
    ...changed.flatMap((change) => [
      `  ~ ${change.job}`,
      ...fromTo(change.scheduleBefore, change.scheduleAfter),
      ...fromTo(change.commandBefore, change.commandAfter),
      ...fromTo(change.zoneBefore ?? 'no zone', change.zoneAfter ?? 'no zone'),
      ...(change.settingsChange ? ['      its settings change'] : []),
      ...(change.paramsChange ? ['      its parameters change'] : []),
      ...(change.variablesChange ? ['      its variables change'] : []),
    ]),
  ];
  return lines.length === 0 ? ['  no job is added, removed or changed'] : lines;
}

function fromTo(before: string, after: string): string[] {
  return before === after ? [] : [`      ${before}  →  ${after}`];
}

function counted(count: number, what: string): string {
  return `${count === 0 ? 'no' : count} ${what}${count === 1 ? '' : 's'}`;
}
