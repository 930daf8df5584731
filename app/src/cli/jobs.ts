import { Command } from 'commander';
import { z } from 'zod';
import { systemTimeZone } from '../config/time-zone.ts';
import { jobView, type JobView } from '../api/job.ts';
import { connectToSupervisor } from './client/api-client.ts';
import { localTime, plain, printJson, shorten, withZone } from './printing.ts';
import { formatTable } from './table.ts';

export function jobsCommand(): Command {
  return new Command('jobs')
    .option('--json', 'for programs: an array of objects')
    .addHelpText(
      'after',
      `
Examples:
  gitcron jobs
  gitcron jobs --json | jq -r '.[] | select(.enabled | not) | .slug'`,
    )
    .action(async ({ json }: { json?: boolean }) => {
      const client = await connectToSupervisor();
      const { items } = await client.ask('/api/v1/jobs', z.object({ items: z.array(jobView) }));
      if (json) printJson(items);
      else if (items.length === 0) console.log('The crontab in force has no jobs.');
      else console.log(inSections(items));
    });
}

/** One table, so that its columns stand in line, with a heading above each section. */
function inSections(jobs: readonly JobView[]): string {
  const head = ['JOB', 'SCHEDULE', withZone('NEXT'), 'LAST', 'AT', 'ABOUT'];
  const [first = '', ...lines] = formatTable(head, jobs.map(row)).split('\n');
  return [
    first,
    ...lines.flatMap((line, index) => {
      const section = jobs[index]?.section ?? null;
      if (section === (jobs[index - 1]?.section ?? null)) return [line];
      return ['', ...(section === null ? [] : [plain(section)]), line];
    }),
  ].join('\n');
}

function row(job: JobView): string[] {
  return [
    job.slug,
    scheduleOf(job),
    job.enabled ? localTime(job.nextSlots[0] ?? null) : 'disabled',
    job.last?.status ?? '-',
    localTime(job.last?.startedAt ?? job.last?.queuedAt ?? null),
    shorten(about(job), 60),
  ];
}

function about({ slug, title, description }: JobView): string {
  return plain([...(title === slug ? [] : [title]), description].filter(Boolean).join(': '));
}

function scheduleOf({ schedule, zone, after }: JobView): string {
  if (after !== null) {
    return `after ${after.job}${after.when === 'succeeded' ? '' : ` ${after.when}`}`;
  }
  return zone === null || zone === systemTimeZone() ? schedule : `${schedule} ${zone}`;
}
