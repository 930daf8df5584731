import { Command } from 'commander';
import { jobView } from '../api/job.ts';
import { connectToSupervisor } from './client/api-client.ts';
import { printJson } from './printing.ts';

export function acknowledgeCommand(): Command {
  return new Command('acknowledge')
    .description(
      'Says that the failed run of a job has been seen to: the job counts as failing no longer, until it fails again. For jobs that do not run again by themselves.',
    )
    .argument('<job>', 'its name')
    .option('--json', 'for programs: the job')
    .addHelpText(
      'after',
      `
Example:
  gitcron acknowledge yearly-report`,
    )
    .action(async (job: string, { json }: { json?: boolean }) => {
      const client = await connectToSupervisor();
      const path = `/api/v1/jobs/${encodeURIComponent(job)}/acknowledge`;
      const acknowledged = await client.ask(path, jobView, { method: 'POST' });
      if (json) printJson(acknowledged);
      else console.log(`${acknowledged.slug} counts as failing no longer, until it fails again.`);
    });
}
