import { Command } from 'commander';
import { runView } from '../api/run.ts';
import { connectToSupervisor } from './client/api-client.ts';
import { followRun, NO_OUTPUT } from './client/follow-run.ts';
import { printJson } from './printing.ts';
import { endedSentence } from './run.ts';
import { parseRunId } from './run-id.ts';

export function cancelCommand(): Command {
  return new Command('cancel')
    .argument('<run>', "the run's id, or its last eight digits as the log shows them", parseRunId)
    .option('--wait', 'until it has ended')
    .option('--json', 'for programs: the run')
    .addHelpText(
      'after',
      `
Example:
  gitcron cancel 16eb7474 --wait`,
    )
    .action(async (id: string, { wait, json }: { wait?: boolean; json?: boolean }) => {
      const client = await connectToSupervisor();
      const path = `/api/v1/runs/${encodeURIComponent(id)}/cancel`;
      const run = await client.ask(path, runView, { method: 'POST' });
      const shown = wait ? await followRun(client, run.id, NO_OUTPUT, () => {}) : run;
      if (json) printJson(shown);
      else if (wait) console.log(endedSentence(shown));
      else console.log(`${run.job}#${run.id.slice(-8)} is told to end.`);
    });
}
