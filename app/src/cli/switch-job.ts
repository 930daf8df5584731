import { Command } from 'commander';
import { jobView } from '../api/job.ts';
import { connectToSupervisor } from './client/api-client.ts';
import { printJson, zonedTime } from './printing.ts';

export function enableCommand(): Command {
  return new Command('enable')
    .description(
      "Schedules a job, also one that the crontab has @disabled. It holds until the job is disabled or reset, over restarts and new crontabs; with --reset the crontab's word holds again.",
    )
    .argument('<job>', 'its name')
    .option('--reset', 'let the crontab decide again')
    .option('--json', 'for programs: the job')
    .addHelpText(
      'after',
      `
Examples:
  gitcron enable nightly-report
  gitcron enable nightly-report --reset`,
    )
    .action((job: string, { reset, json }: { reset?: boolean; json?: boolean }) =>
      switchJob(job, reset ? 'reset' : 'enable', json),
    );
}

export function disableCommand(): Command {
  return new Command('disable')
    .description('Holds over restarts and new crontabs. Runs that have begun go on.')
    .argument('<job>', 'its name')
    .option('--json', 'for programs: the job')
    .addHelpText(
      'after',
      `
Example:
  gitcron disable nightly-report`,
    )
    .action((job: string, { json }: { json?: boolean }) => switchJob(job, 'disable', json));
}

async function switchJob(
  job: string,
  verb: 'enable' | 'disable' | 'reset',
  json = false,
): Promise<void> {
  const client = await connectToSupervisor();
  const path = `/api/v1/jobs/${encodeURIComponent(job)}/${verb}`;
  const switched = await client.ask(path, jobView, { method: 'POST' });
  if (json) {
    printJson(switched);
    return;
  }
  const { slug, enabled, nextSlots } = switched;
  const next = nextSlots[0] === undefined ? '' : `, next at ${zonedTime(nextSlots[0])}`;
  console.log(
    enabled ? `${slug} is enabled${next}.` : `${slug} is disabled: only started by hand.`,
  );
}
