import { CodedError } from '@gitcron/base/coded-error';
import { Command } from 'commander';
import { z } from 'zod';
import { jobView } from '../api/job.ts';
import { runPage, runView, type RunView } from '../api/run.ts';
import { connectToSupervisor, type ApiClient } from './client/api-client.ts';
import { NO_OUTPUT } from '../api/output.ts';
import { followRun } from './client/follow-run.ts';
import { RefusedError } from './client/refused-error.ts';
import { printJson } from './printing.ts';
import { endedSentence } from './run.ts';
import { RUN_ID } from './run-id.ts';

export function cancelCommand(): Command {
  return new Command('cancel')
    .description(
      'Ends a run, or every run of a job that is going on or waits for its turn: with SIGTERM, and with SIGKILL after its grace.',
    )
    .argument('<run|job>', "a run's id, its last eight digits as the log shows them, or a job")
    .option('--wait', 'until it has ended')
    .option('--json', 'for programs: the run, or of a job an array of runs')
    .addHelpText(
      'after',
      `
Examples:
  gitcron cancel 16eb7474 --wait
  gitcron cancel nightly-report`,
    )
    .action(async (what: string, { wait, json }: { wait?: boolean; json?: boolean }) => {
      const client = await connectToSupervisor();
      const one = (await isJob(client, what)) ? null : await cancelRun(client, what);
      const told = one === null ? await cancelRunsOf(client, what) : [one];
      if (!json) for (const run of told) console.log(`${nameOf(run)} is told to end.`);
      const shown = wait ? await Promise.all(told.map((run) => ended(client, run))) : told;
      if (json) printJson(one === null ? shown : shown[0]);
      else if (wait) for (const run of shown) console.log(endedSentence(run));
    });
}

/** A job may be called like a run; then the run counts. */
async function isJob(client: ApiClient, what: string): Promise<boolean> {
  if (!RUN_ID.test(what)) return true;
  try {
    await client.ask(`/api/v1/runs/${what}`, runView);
    return false;
  } catch (error) {
    if (!(error instanceof RefusedError && error.status === 404)) throw error;
  }
  const list = z.object({ items: z.array(z.object({ slug: z.string() })) });
  const { items } = await client.ask('/api/v1/jobs', list);
  return items.some(({ slug }) => slug === what);
}

function cancelRun(client: ApiClient, id: string): Promise<RunView> {
  const path = `/api/v1/runs/${encodeURIComponent(id)}/cancel`;
  return client.ask(path, runView, { method: 'POST' });
}

async function cancelRunsOf(client: ApiClient, job: string): Promise<RunView[]> {
  // Refused when there is no such job.
  await client.ask(`/api/v1/jobs/${encodeURIComponent(job)}`, jobView);
  const told: RunView[] = [];
  for (let before: string | undefined; ;) {
    const query = { job, status: 'queued,running', limit: 500, before };
    const { items, next } = await client.ask('/api/v1/runs', runPage, { query });
    // Those that wait first, or one would begin in the place of another that ends.
    for (const { id } of items.toSorted((a, b) => a.status.localeCompare(b.status))) {
      const run = await cancelUnlessOver(client, id);
      if (run !== null) told.push(run);
    }
    if (next === null) break;
    before = next;
  }
  if (told.length > 0) return told;
  throw new CodedError('GITCRON_E_NO_RUN', `No run of ${job} is going on or waits for its turn.`, {
    hint: `gitcron runs ${job} shows how the last ones went.`,
  });
}

async function cancelUnlessOver(client: ApiClient, id: string): Promise<RunView | null> {
  try {
    return await cancelRun(client, id);
  } catch (error) {
    // 409: it has ended meanwhile.
    if (error instanceof RefusedError && error.status === 409) return null;
    throw error;
  }
}

function ended(client: ApiClient, { id }: RunView): Promise<RunView> {
  return followRun(client, id, NO_OUTPUT, () => {});
}

function nameOf({ job, id }: RunView): string {
  return `${job}#${id.slice(-8)}`;
}
