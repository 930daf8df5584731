import { Command } from 'commander';
import prettyBytes from 'pretty-bytes';
import { cleanupView } from '../http/schemas/cleanup.ts';
import { connectToSupervisor } from './client/api-client.ts';
import { printJson } from './printing.ts';

export function cleanupCommand(): Command {
  return new Command('cleanup')
    .summary('delete what is older or more than is kept')
    .addCommand(cleanupRunsCommand());
}

function cleanupRunsCommand(): Command {
  return new Command('runs')
    .summary('bring history within KEEP_RUNS_DAYS, KEEP_RUNS_PER_JOB and KEEP_OUTPUT_MB')
    .description('The last failure of each job is kept, whatever its age.')
    .option('--dry-run', 'show what would go, and delete nothing')
    .option('--json', 'for programs: an object')
    .addHelpText(
      'after',
      `
Example:
  gitcron cleanup runs --dry-run`,
    )
    .action(async ({ dryRun = false, json }: { dryRun?: boolean; json?: boolean }) => {
      const client = await connectToSupervisor();
      const result = await client.ask('/api/v1/cleanup/runs', cleanupView, {
        method: 'POST',
        body: { dryRun },
      });
      if (json) {
        printJson(result);
        return;
      }
      const went = dryRun ? 'Would go' : 'Gone';
      console.log(
        [
          `${went}: ${result.runsByAge} runs by their age, ${result.runsByCount} beyond what their job keeps,`,
          `the output of ${result.outputsBySize} more; ${prettyBytes(result.outputBytes)} of output in all.`,
          `Besides: ${result.events} events, ${result.releases} revisions, ${result.jobs} jobs without runs.`,
        ].join('\n'),
      );
    });
}
