import { Command } from 'commander';
import { statusView, type StatusView } from '../api/status.ts';
import { quoted, shortRevision } from '../sync/revision.ts';
import { connectToSupervisor } from './client/api-client.ts';
import { plain, printJson, shorten, zonedTime } from './printing.ts';
import { wrap } from './wrap.ts';

export function statusCommand(): Command {
  return new Command('status')
    .description(
      'Exits with 0 when all is well. Exits with 1 when something needs somebody: there is no release, slots are being missed, the newest commit is rejected, the last run of a job failed, history is not written or lost, a run finds no place, jobs cannot log in to their database, the state volume cannot be written, or the sync fails.',
    )
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
      else
        console.log(describeStatus(status, process.stdout.isTTY ? process.stdout.columns : null));
      if (!isWell(status)) process.exitCode = 1;
    });
}

/** Whether nobody has to do anything. */
export function isWell({ needs }: StatusView): boolean {
  return needs.length === 0;
}

/** Of the column that names the rooms. */
const NAME_LETTERS = 10;
/** In a narrower terminal lines had better be broken by it. */
const LEAST_TEXT = 30;

/**
 * For a person: a line for each room.
 * @param width in letters, of the terminal; null where programs read it, line by line.
 */
export function describeStatus(status: StatusView, width: number | null = null): string {
  const { schedule, runs } = status;
  const rows = [
    ...describeNeeds(status),
    ['Gitcron', `${status.version} on ${status.host}, since ${zonedTime(status.startedAt)}`],
    ['Release', describeRelease(status)],
    ...(status.rejected === null ? [] : [['Rejected', describeRejected(status.rejected)]]),
    [
      'Schedule',
      `${schedule.jobs} ${schedule.jobs === 1 ? 'job' : 'jobs'}, ${schedule.disabled} of them disabled; ${schedule.beating ? 'on time' : 'NOT ON TIME: slots are being missed'}`,
    ],
    ...(schedule.failing.length === 0 ? [] : [['Failing', describeFailing(schedule.failing)]]),
    ['Runs', `${runs.running} running, ${runs.queued} waiting`],
    ['History', describeRecord(status)],
    ...(status.lockedOut === null ? [] : [['Database', describeLockedOut(status.lockedOut)]]),
    ['Sync', describeSync(status)],
  ];
  return rows
    .flatMap(([name = '', text = '']) => {
      const lines =
        width === null ? [text] : wrap(text, Math.max(LEAST_TEXT, width - NAME_LETTERS));
      return lines.map((line, at) => (at === 0 ? name : '').padEnd(NAME_LETTERS) + line);
    })
    .join('\n');
}

const SHOWN_NEEDS = 10;

/** What somebody has to see to comes first. */
function describeNeeds({ needs }: StatusView): string[][] {
  const rows = needs.slice(0, SHOWN_NEEDS).map(({ sentence, since }) => {
    const words = shorten(plain(sentence), REASON_LETTERS);
    return ['NEEDS YOU', since === null ? words : `${words} Since ${zonedTime(since)}.`];
  });
  const more = needs.length - SHOWN_NEEDS;
  return more > 0 ? [...rows, ['', `and ${more} more`]] : rows;
}

function describeRelease({ release }: StatusView): string {
  if (release === null) return 'none yet: see the log for why';
  const { revision, subject, pinned, rolledBack } = release;
  const why = pinned ? ', pinned' : rolledBack ? ', by a rollback' : '';
  return `${shortRevision(revision)}${quoted(plain(subject))}${why}`;
}

const REASON_LETTERS = 600;

/** In a sentence what the log tells in full. */
export function describeRejected(rejected: NonNullable<StatusView['rejected']>): string {
  const { revision, subject, reason, code, tries, nextTryAt } = rejected;
  const which = `${shortRevision(revision)}${quoted(plain(subject))}`;
  const tried = `; tried ${tries === 1 ? 'once' : `${tries} times`}`;
  const next =
    nextTryAt === null
      ? tries > 1
        ? `${tried}, not again`
        : ''
      : `${tried}, will try again at ${zonedTime(nextTryAt)}`;
  const words = plain(reason.replaceAll(/\s+/g, ' '));
  return `${which}: ${shorten(words, REASON_LETTERS)} [${code}]${next}`;
}

const NAMED_JOBS = 5;

function describeFailing(jobs: readonly string[]): string {
  const named = jobs.slice(0, NAMED_JOBS).join(', ');
  const more = jobs.length > NAMED_JOBS ? ` and ${jobs.length - NAMED_JOBS} more` : '';
  return `the last run of ${named}${more} DID NOT SUCCEED: gitcron runs --status failed,timed_out,lost (seen to: gitcron acknowledge JOB)`;
}

function describeRecord({ record }: StatusView): string {
  if (record === null) return 'not kept: there is no database';
  const { databaseDown, prepared, journalBytes, droppedOutputBytes, lostRuns } = record;
  const parts = [`${kibibytes(journalBytes)} wait in the journal`];
  if (droppedOutputBytes > 0) parts.push(`${kibibytes(droppedOutputBytes)} of output had to go`);
  if (lostRuns > 0) parts.push(`${lostRuns} FINISHED RUNS ARE MISSING: disk and memory were full`);
  if (databaseDown !== null) {
    const since = zonedTime(databaseDown.since);
    parts.unshift(`DATABASE AWAY since ${since} (${plain(databaseDown.reason)})`);
  } else {
    parts.unshift(prepared ? 'written to the database' : 'NOT WRITTEN YET: preparing the database');
  }
  return parts.join('; ');
}

function describeLockedOut({ since, code, reason, hint }: NonNullable<StatusView['lockedOut']>) {
  const words = `${plain(reason)} [${code}] ${plain(hint)}`;
  return `JOBS CANNOT LOG IN since ${zonedTime(since)}: ${words}`;
}

function kibibytes(bytes: number): string {
  return `${Math.ceil(bytes / 1024)} KiB`;
}

function describeSync({ sync }: StatusView): string {
  if (sync === null) return 'not by our git-sync: the source directory is filled by somebody else';
  const what = `${sync.ref} of ${sync.repository}`;
  if (sync.error === null) return `${what}, up to date at ${zonedTime(sync.lastSuccessAt)}`;
  const { code, message, because, hint } = sync.error;
  const cause = because.map((text) => ` (${text})`).join('');
  const words = shorten(plain(message + cause), REASON_LETTERS);
  return `${what}: FAILING, ${sync.failures} times in a row: ${words} [${code}] ${plain(hint)}`;
}
