import { Command, InvalidArgumentError, Option } from 'commander';
import { z } from 'zod';
import { RUN_STATUSES, TRIGGERS } from '../api/run.ts';
import { jobView } from '../api/job.ts';
import { runPage, type RunSummaryView } from '../api/run.ts';
import { shortRevision } from '../sync/revision.ts';
import { connectToSupervisor } from './client/api-client.ts';
import { duration, localTime, plain, printJson, shorten, withZone } from './printing.ts';
import { formatTable } from './table.ts';

interface RunsOptions {
  readonly job?: string;
  readonly status?: string;
  readonly trigger?: string;
  readonly release?: string;
  readonly since?: string;
  readonly until?: string;
  readonly text?: string;
  readonly before?: string;
  readonly limit: number;
  readonly json?: boolean;
}

export function runsCommand(): Command {
  return new Command('runs')
    .argument('[job]', 'only of this job')
    .addOption(listOption('--status <list>', RUN_STATUSES))
    .addOption(listOption('--trigger <list>', TRIGGERS))
    .option('--release <revision>', 'that ran from this commit')
    .option(
      '--since <when>',
      'queued at or after: 2h, 3d, 2026-11-21, or 2026-11-21T08:00:00Z',
      parseInstant,
    )
    .option('--until <when>', 'queued before', parseInstant)
    .option('--text <text>', 'that appears in the error or in the result')
    .option('--before <run>', 'the page after this run')
    .option('--limit <count>', 'how many', parseCount, 20)
    .option('--json', 'for programs: {items, next, complete}')
    .addHelpText(
      'after',
      `
Examples:
  gitcron runs
  gitcron runs nightly-report --status failed,timed_out,lost --since 7d
  gitcron runs --text 'connection refused' --json | jq -r '.items[].id'`,
    )
    .action(async (job: string | undefined, options: RunsOptions) => {
      const client = await connectToSupervisor();
      const { status, trigger, release, since, until, text, before, limit } = options;
      const query = { job, status, trigger, release, text, before, limit, from: since, to: until };
      const found = await client.ask('/api/v1/runs', runPage, { query });
      // Refused when there is no such job at all.
      if (found.items.length === 0 && job !== undefined) {
        await client.ask(`/api/v1/jobs/${encodeURIComponent(job)}`, jobView);
      }
      if (options.json) {
        printJson(found);
        return;
      }
      if (!found.complete) {
        console.error(
          'Older runs may be missing: there is no database, or it is away or takes no writes.',
        );
      }
      if (found.items.length === 0) console.log('No run was found.');
      else console.log(formatRuns(found.items));
      if (found.next !== null) console.error(`More: --before ${found.next}`);
    });
}

function formatRuns(runs: readonly RunSummaryView[]): string {
  const rows = runs.map((run) => [
    run.id.slice(-8),
    run.job,
    run.status,
    localTime(run.queuedAt),
    duration(run.durationMs),
    run.trigger,
    run.release === null ? '-' : shortRevision(run.release),
    shorten(plain(howItEnded(run)), 80),
  ]);
  return formatTable(
    ['RUN', 'JOB', 'STATUS', withZone('QUEUED'), 'TOOK', 'TRIGGER', 'RELEASE', 'HOW IT ENDED'],
    rows,
  );
}

/** What a script says of itself tells more than its exit code. */
function howItEnded({ status, reason, errorLine, resultLine }: RunSummaryView): string {
  if (status === 'succeeded') return resultLine ?? reason ?? '';
  return [reason, errorLine ?? resultLine].filter((one) => one !== null).join(' ');
}

const UNITS_MS: Readonly<Record<string, number>> = {
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

const dateOrTime = z.union([z.iso.date(), z.iso.datetime({ offset: true, local: true })]);

/** A date alone is the beginning of the day where the reader is, as the times in the tables are. */
function parseInstant(text: string): string {
  const [, count, unit = ''] = /^(\d{1,6})([mhd])$/.exec(text) ?? [];
  if (count !== undefined) {
    return new Date(Date.now() - Number(count) * (UNITS_MS[unit] ?? 0)).toISOString();
  }
  const date = text.replace(' ', 'T');
  if (!dateOrTime.safeParse(date).success) {
    throw new InvalidArgumentError('Write 30m, 2h, 3d, 2026-11-21 or 2026-11-21T08:00:00Z.');
  }
  return new Date(date.includes('T') ? date : `${date}T00:00`).toISOString();
}

/** The choices are for completion and --help; several of them are taken, too. */
function listOption(flags: string, values: readonly string[]): Option {
  return new Option(flags, 'some of them, with commas between')
    .choices(values)
    .argParser((text) => {
      if (text.split(',').every((one) => values.includes(one))) return text;
      throw new InvalidArgumentError(`Write some of ${values.join(', ')}, with commas between.`);
    });
}

function parseCount(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= 500) return count;
  throw new InvalidArgumentError('Write a number from 1 to 500.');
}
