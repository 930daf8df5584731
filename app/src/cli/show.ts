import { Command } from 'commander';
import { connectToSupervisor } from './client/api-client.ts';
import { describeRun } from './describe-run.ts';
import { findRun } from './find-run.ts';
import { printJson } from './printing.ts';

export function showCommand(): Command {
  return new Command('show')
    .description(
      'Everything about a run but its output: when and why it ran, from which commit, with which parameters, each attempt, its result and its error.',
    )
    .argument('[run|job]', 'a run, or a job for its last run; without it, the last run of all')
    .option('--json', 'for programs: the run')
    .addHelpText(
      'after',
      `
Examples:
  gitcron show nightly-report
  gitcron show 16eb7474
  gitcron show 16eb7474 --json | jq -r .result`,
    )
    .action(async (what: string | undefined, { json }: { json?: boolean }) => {
      const client = await connectToSupervisor();
      const run = await findRun(client, what);
      if (json) printJson(run);
      else for (const line of describeRun(run)) console.log(line);
    });
}
