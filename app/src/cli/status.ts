import { Command } from 'commander';
import { statusView, type StatusView } from '../http/schemas/status.ts';
import { shortRevision } from '../release/revision.ts';
import { connectToSupervisor } from './client/api-client.ts';
import { localTime, plain, printJson } from './printing.ts';

export function statusCommand(): Command {
  return new Command('status')
    .summary('everything at a glance')
    .description('Exits with 0 when jobs run on time and history is written, else with 1.')
    .option('--json', 'for programs: an object')
    .addHelpText(
      'after',
      `
Examples:
  gitcron status
  gitcron status --json | jq .runs.running`,
    )
    .action(async ({ json }: { json?: boolean }) => {
      const status = await (await connectToSupervisor()).ask('/api/v1/status', statusView);
      if (json) printJson(status);
      else console.log(describeStatus(status));
      if (!status.ready || !isHistoryWritten(status)) process.exitCode = 1;
    });
}

function isHistoryWritten({ record }: StatusView): boolean {
  return record === null || (record.prepared && record.databaseDown === null);
}

/** For a person: a line for each room. */
export function describeStatus(status: StatusView): string {
  const { release, schedule, runs } = status;
  const rows = [
    ['Gitcron', `${status.version} on ${status.host}, since ${localTime(status.startedAt)}`],
    [
      'Release',
      release === null
        ? 'none yet: see the log for why'
        : `${shortRevision(release.revision)} "${plain(release.subject)}"${release.pinned ? ', pinned' : ''}`,
    ],
    [
      'Schedule',
      `${schedule.jobs} jobs, ${schedule.disabled} of them disabled; ${schedule.beating ? 'on time' : 'NOT ON TIME: slots are being missed'}`,
    ],
    ['Runs', `${runs.running} running, ${runs.queued} waiting`],
    ['History', describeRecord(status)],
    ['Sync', describeSync(status)],
  ];
  return rows.map(([name = '', text = '']) => `${name.padEnd(9)} ${text}`).join('\n');
}

function describeRecord({ record }: StatusView): string {
  if (record === null) return 'not kept: GITCRON_DATABASE_URL is not set';
  const { databaseDown, prepared, journalBytes, droppedOutputBytes, lostRuns } = record;
  const parts = [`${kibibytes(journalBytes)} wait in the journal`];
  if (droppedOutputBytes > 0) parts.push(`${kibibytes(droppedOutputBytes)} of output had to go`);
  if (lostRuns > 0) parts.push(`${lostRuns} FINISHED RUNS ARE MISSING: disk and memory were full`);
  if (databaseDown !== null) {
    const since = localTime(databaseDown.since);
    parts.unshift(`DATABASE AWAY since ${since} (${plain(databaseDown.reason)})`);
  } else {
    parts.unshift(prepared ? 'written to the database' : 'NOT WRITTEN YET: preparing the database');
  }
  return parts.join('; ');
}

function kibibytes(bytes: number): string {
  return `${Math.ceil(bytes / 1024)} KiB`;
}

function describeSync({ sync }: StatusView): string {
  if (sync === null) return 'nothing is known of it';
  const what = `${sync.ref} of ${sync.repository}`;
  if (sync.error === null) return `${what}, up to date at ${localTime(sync.lastSuccessAt)}`;
  return `${what}: FAILING, ${sync.failures} times in a row: ${plain(sync.error.message)} [${sync.error.code}]`;
}
