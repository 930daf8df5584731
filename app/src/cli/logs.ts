import { Command, InvalidArgumentError, Option } from 'commander';
import { OUTPUT_STREAMS, type OutputStream } from '../api/output.ts';
import { outputPage, type ChunkView, type OutputPage } from '../api/output.ts';
import { connectToSupervisor, type ApiClient } from './client/api-client.ts';
import { onlyLastLines } from './client/only-last-lines.ts';
import { followRun } from './client/follow-run.ts';
import { createPrinter } from './client/print-output.ts';
import { warnWithoutHistory } from './client/warn-without-history.ts';
import { endedSentence } from './run.ts';
import { findRun } from './find-run.ts';

/** What the API takes. */
const [MOST_LINES, MOST_BYTES] = [10_000, 8 * 1024 * 1024];

interface LogsOptions {
  readonly follow?: boolean;
  readonly tail?: number;
  readonly stream?: OutputStream;
  readonly raw?: boolean;
  readonly json?: boolean;
}

export function logsCommand(): Command {
  return new Command('logs')
    .description(
      'Prints what a run wrote, stdout to stdout and stderr to stderr. Control characters are shown as \\x1b and the like, so that no script can change your terminal; --raw prints every byte as it is.',
    )
    .argument('[run|job]', 'a run, or a job for its last run; without it, the last run of all')
    .option('-f, --follow', 'go on until the run has ended')
    .option('-n, --tail <lines>', 'the last lines only', readTail)
    .addOption(new Option('--stream <name>', 'one of the two').choices(OUTPUT_STREAMS))
    .option('--raw', 'every byte as it was written')
    .option('--json', 'for programs: an object a line, with time and stream')
    .addHelpText(
      'after',
      `
Examples:
  gitcron logs nightly-report -f
  gitcron logs nightly-report -n 20
  gitcron logs 16eb7474 --stream stderr
  gitcron logs 16eb7474 --raw > output.bin`,
    )
    .action(async (what: string | undefined, options: LogsOptions) => {
      const client = await connectToSupervisor();
      const { id: runId } = await findRun(client, what);
      const print = createPrinter({ raw: options.raw ?? false, json: options.json ?? false });
      const { stream } = options;
      const onChunk = (chunk: ChunkView): void => {
        if (stream === undefined || chunk.stream === stream) print(chunk);
      };
      const last = options.tail === undefined ? null : await lastLines(client, runId, options);
      for (const chunk of last?.items ?? []) print(chunk);
      if (!options.follow) {
        if (last === null) await printStored(client, runId, stream, print);
        return;
      }
      await warnWithoutHistory(client);
      const ended = await followRun(client, runId, last?.next ?? 0, onChunk);
      console.error(endedSentence(ended));
    });
}

function readTail(text: string): number {
  const lines = Number(text);
  if (Number.isInteger(lines) && lines >= 1 && lines <= MOST_LINES) return lines;
  throw new InvalidArgumentError(`Expected a whole number from 1 to ${MOST_LINES}.`);
}

/** @returns also what is not of these lines' stream, up to which a follower has come. */
async function lastLines(
  client: ApiClient,
  runId: string,
  { tail = 0, stream }: LogsOptions,
): Promise<OutputPage> {
  const query = { tail, stream, maxBytes: MOST_BYTES };
  const page = await client.ask(`/api/v1/runs/${runId}/output`, outputPage, { query });
  return { ...page, items: onlyLastLines(page.items, tail) };
}

async function printStored(
  client: ApiClient,
  runId: string,
  stream: string | undefined,
  print: (chunk: ChunkView) => void,
): Promise<void> {
  for (let after: number | null = 0; after !== null;) {
    const path = `/api/v1/runs/${runId}/output`;
    const page: OutputPage = await client.ask(path, outputPage, {
      query: { after, stream },
    });
    for (const chunk of page.items) print(chunk);
    after = page.next;
  }
}
