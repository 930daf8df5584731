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
      else
        console.log(
          formatTable(['JOB', 'SCHEDULE', withZone('NEXT'), 'LAST', 'AT', 'ABOUT'], items.map(row)),
        );
    });
}

function row(job: JobView): string[] {
  return [
    job.slug,
    job.zone === null || job.zone === systemTimeZone()
      ? job.schedule
      : `${job.schedule} ${job.zone}`,
    job.enabled ? localTime(job.nextSlots[0] ?? null) : 'disabled',
    job.last?.status ?? '-',
    localTime(job.last?.startedAt ?? job.last?.queuedAt ?? null),
    shorten(plain(job.description), 60),
  ];
}
