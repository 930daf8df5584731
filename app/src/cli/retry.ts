import { Command } from 'commander';
import { runView } from '../api/run.ts';
import { connectToSupervisor } from './client/api-client.ts';
import { report } from './run.ts';
import { parseRunId } from './run-id.ts';

export function retryCommand(): Command {
  return new Command('retry')
    .argument('<run>', "the run's id, or its last eight digits as the log shows them", parseRunId)
    .option('--wait', 'until the new run has ended; 1 when it did not succeed')
    .option('-f, --follow', 'show its output as it comes, and wait')
    .option('--json', 'for programs: the new run')
    .addHelpText(
      'after',
      `
Examples:
  gitcron retry 16eb7474
  gitcron retry 16eb7474 --follow`,
    )
    .action(async (run: string, options: { wait?: boolean; follow?: boolean; json?: boolean }) => {
      const client = await connectToSupervisor();
      const path = `/api/v1/runs/${encodeURIComponent(run)}/retry`;
      await report(client, await client.ask(path, runView, { method: 'POST' }), options);
    });
}
