import prettyBytes from 'pretty-bytes';
import type { RunView } from '../api/run.ts';
import { quoted, shortRevision } from '../sync/revision.ts';
import { printable } from './client/print-output.ts';
import { duration, plain, zonedTime } from './printing.ts';

/** A slot counts as late from then on. */
const LATE_MS = 1000;

/** For a person: a line for each fact, then the texts that the script wrote. */
export function describeRun(run: RunView): string[] {
  const facts: (readonly [name: string, text: string] | null)[] = [
    ['Run', `${run.job}#${run.id.slice(-8)} (${run.id}) on ${plain(run.host)}`],
    ['Status', `${run.status}. ${plain(run.reason)}`.trim()],
    ['Started by', startedBy(run)],
    run.scheduledAt === null ? null : ['Slot', slotOf(run, run.scheduledAt)],
    ['Queued', zonedTime(run.queuedAt)],
    run.startedAt === null ? null : ['Started', zonedTime(run.startedAt)],
    run.finishedAt === null
      ? null
      : ['Ended', `${zonedTime(run.finishedAt)}, after ${duration(run.durationMs)}`],
    run.release === null ? null : ['Release', releaseOf(run, run.release)],
    ['Command', plain(run.command)],
    run.params === null ? null : ['Parameters', plain(JSON.stringify(run.params))],
    ['Output', outputOf(run)],
  ];
  return [
    ...facts.flatMap((fact) => (fact === null ? [] : [`${fact[0].padEnd(11)} ${fact[1]}`])),
    ...attemptsOf(run),
    ...section('Result', run.result),
    ...section('Error', run.error),
  ];
}

function startedBy({ trigger, requestedBy, afterRun }: RunView): string {
  if (afterRun !== null) return `${trigger}, following run #${afterRun.slice(-8)}`;
  return requestedBy === null ? trigger : `${plain(requestedBy)} (${trigger})`;
}

function slotOf({ startedAt, queuedAt, trigger }: RunView, scheduledAt: string): string {
  const slot = zonedTime(scheduledAt);
  if (startedAt === null) return slot;
  const lateMs = Date.parse(startedAt) - Date.parse(scheduledAt);
  if (lateMs <= LATE_MS) return `${slot}, on time`;
  const late = `${slot}, ${duration(lateMs)} late`;
  if (trigger === 'catch_up') return `${late}: made up for by @catchup`;
  const wasQueuedLate = Date.parse(queuedAt) - Date.parse(scheduledAt) > LATE_MS;
  return `${late}: ${wasQueuedLate ? 'nothing could be started in time' : 'it had to wait for its turn'}`;
}

function releaseOf({ subject, author }: RunView, revision: string): string {
  const by = author === null || author === '' ? '' : ` by ${plain(author)}`;
  return `${shortRevision(revision)}${quoted(plain(subject))}${by}`;
}

const OMITTED = {
  run_limit: 'beyond what is kept of a run',
  journal_full: 'which had to make room in the journal',
  retention: 'which was cleaned up',
} as const;

function outputOf({ id, output: { bytes, omittedBytes, omittedWhy } }: RunView): string {
  const omitted =
    omittedBytes === 0 || omittedWhy === null
      ? ''
      : `, without ${prettyBytes(omittedBytes)} ${OMITTED[omittedWhy]}`;
  const kept = bytes === 0 ? 'none' : prettyBytes(bytes);
  const where = bytes === 0 ? '' : `: gitcron logs ${id.slice(-8)}`;
  return `${kept}${omitted}${where}`;
}

/** One attempt is the run itself. */
function attemptsOf({ attempts }: RunView): string[] {
  if (attempts.length <= 1) return [];
  return attempts.map(({ attempt, status, startedAt, durationMs, reason }) => {
    const took = durationMs === null ? '' : ` after ${duration(durationMs)}`;
    const words = `${zonedTime(startedAt)}: ${status}${took}. ${plain(reason)}`.trim();
    return `${`Attempt ${attempt}`.padEnd(11)} ${words}`;
  });
}

/** What a script wrote, so that it cannot change the terminal. */
function section(head: string, text: string | null): string[] {
  if (text === null) return [];
  const lines = printable(text).trimEnd().split('\n');
  return ['', `${head}:`, ...lines.map((line) => `  ${line}`.trimEnd())];
}
