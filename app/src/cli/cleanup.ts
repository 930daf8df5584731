import { Command } from 'commander';
import prettyBytes from 'pretty-bytes';
import { cleanupView } from '../api/cleanup.ts';
import { connectToSupervisor } from './client/api-client.ts';
import { printJson } from './printing.ts';

export function cleanupCommand(): Command {
  return new Command('cleanup').addCommand(cleanupRunsCommand());
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
      console.log(
        [
          dryRun ? 'Would be deleted:' : 'Deleted:',
          `  ${result.runsByAge} runs older than KEEP_RUNS_DAYS`,
          `  ${result.runsByCount} runs beyond the newest KEEP_RUNS_PER_JOB of their job`,
          `  the output of ${result.outputsBySize} runs that stay, for KEEP_OUTPUT_MB`,
          `  ${prettyBytes(result.outputBytes)} of output in all`,
          `  ${result.events} old events; ${result.releases} revisions and ${result.jobs} jobs that have no runs any more`,
        ].join('\n'),
      );
    });
}
