import { Command } from 'commander';
import { whyView, type WhyView } from '../api/why.ts';
import type { RunView } from '../api/run.ts';
import { connectToSupervisor, type ApiClient } from './client/api-client.ts';
import { RefusedError } from './client/refused-error.ts';
import { describeWhy } from './describe-why.ts';
import { describeRun } from './describe-run.ts';
import { findRun } from './find-run.ts';
import { printJson } from './printing.ts';

const FAILURES: ReadonlySet<string> = new Set(['failed', 'timed_out', 'lost']);

export function showCommand(): Command {
  return new Command('show')
    .description(
      'Everything about a run but its output: when and why it ran, from which commit, with which parameters, each attempt, its result and its error; of one that failed also what changed since the job last succeeded.',
    )
    .argument('[run|job]', 'a run, or a job for its last run; without it, the last run of all')
    .option('--json', 'for programs: the run, and `why` of one that failed')
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
      const why = FAILURES.has(run.status) ? await whyOf(client, run) : null;
      if (json) printJson(why === null ? run : { ...run, why });
      else for (const line of [...describeRun(run), ...describeWhy(why)]) console.log(line);
    });
}

/** Without history nothing is known of the runs before. */
async function whyOf(client: ApiClient, { id }: RunView): Promise<WhyView | null> {
  try {
    return await client.ask(`/api/v1/runs/${id}/why`, whyView);
  } catch (error) {
    if (error instanceof RefusedError && error.status === 503) return null;
    throw error;
  }
}
