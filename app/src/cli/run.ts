import { Command, InvalidArgumentError } from 'commander';
import { NO_OUTPUT } from '../api/output.ts';
import { runView, type RunView } from '../api/run.ts';
import { connectToSupervisor, type ApiClient } from './client/api-client.ts';
import { followRun } from './client/follow-run.ts';
import { warnWithoutHistory } from './client/warn-without-history.ts';
import { createPrinter } from './client/print-output.ts';
import { duration, plain, printJson } from './printing.ts';

interface RunOptions {
  readonly wait?: boolean;
  readonly follow?: boolean;
  readonly param: Readonly<Record<string, string>>;
  readonly alone?: boolean;
  readonly json?: boolean;
}

export function runCommand(): Command {
  return new Command('run')
    .description(
      'Starts a run of a job, also of one without schedule or disabled. With --wait the exit status tells how it went: 0 when it succeeded, 1 when it did not.',
    )
    .argument('<job>', 'its name')
    .option('--wait', 'until the run has ended')
    .option('-f, --follow', 'show its output as it comes, and wait')
    .option('--param <name=value>', 'for the script, in GITCRON_PARAMS as JSON', addParam, {})
    .option('--alone', 'start nothing that follows it (@after)')
    .option('--json', 'for programs: the run')
    .addHelpText(
      'after',
      `
Examples:
  gitcron run nightly-report
  gitcron run nightly-report --param month=2026-10 --param dry=yes --follow
  gitcron run nightly-report --wait --json | jq -r .result`,
    )
    .action(async (job: string, options: RunOptions) => {
      const client = await connectToSupervisor();
      const { param: params, alone } = options;
      const body = {
        ...(Object.keys(params).length > 0 && { params }),
        ...(alone === true && { alone }),
      };
      const path = `/api/v1/jobs/${encodeURIComponent(job)}/runs`;
      const run = await client.ask(path, runView, { method: 'POST', body });
      await report(client, run, options);
    });
}

/** Tells of a run that was started; waits for its end when that is wanted. */
export async function report(
  client: ApiClient,
  run: RunView,
  { wait = false, follow = false, json = false }: Pick<RunOptions, 'wait' | 'follow' | 'json'>,
): Promise<void> {
  if (!json) console.error(`${run.job}#${run.id.slice(-8)} is on its way.`);
  if (!wait && !follow) {
    if (json) printJson(run);
    return;
  }
  if (follow) await warnWithoutHistory(client);
  const printChunk = createPrinter({ raw: false, json: false });
  let isSeen = !follow;
  const ended = await followRun(client, run.id, follow ? 0 : NO_OUTPUT, (chunk) => {
    isSeen = true;
    printChunk(chunk);
  });
  if (!isSeen && ended.output.bytes > 0) console.error(later(ended));
  if (json) printJson(ended);
  else console.error(endedSentence(ended));
  if (ended.succeeded !== true) process.exitCode = 1;
}

/** It ended before anybody could look, and its output is where nobody can get at it now. */
function later({ id, output }: RunView): string {
  return `It wrote ${output.bytes} bytes, which cannot be read now, as the database does not answer. Later: gitcron logs ${id.slice(-8)}`;
}

export function endedSentence({ job, id, status, durationMs, reason }: RunView): string {
  return `${job}#${id.slice(-8)}: ${status} after ${duration(durationMs)}. ${plain(reason)}`;
}

function addParam(text: string, params: Readonly<Record<string, string>>) {
  const [, name = '', value = ''] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (name === '') throw new InvalidArgumentError('Write it as name=value.');
  return { ...params, [name]: value };
}
