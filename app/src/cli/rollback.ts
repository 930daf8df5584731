import { resolve } from 'node:path';
import { Command } from 'commander';
import { CodedError } from '@gitcron/base/coded-error';
import { rollbackPreview } from '../api/release-diff.ts';
import { releaseView } from '../api/release.ts';
import { readFollowedSource } from '../release/followed-source.ts';
import { quoted, readRevision, shortRevision, type Source } from '../sync/revision.ts';
import { pinRelease } from '../release/rollback.ts';
import type { StateVolume } from '../release/state-volume.ts';
import { connectToSupervisor, isNobodyThere } from './client/api-client.ts';
import { jobLines } from './diff.ts';
import { plain, printJson } from './printing.ts';
import { volumeOfSupervisor } from './state-directory.ts';

export function rollbackCommand(): Command {
  return new Command('rollback')
    .description(
      'Makes an earlier release current and pins it: it stays until the source shows a new revision. Runs in flight end in the release they began with.',
    )
    .argument('[revision]', 'the release, by the beginning of its hash; without it, the one before')
    .option('--dry-run', 'say what it would do, and do nothing')
    .option('--json', 'with --dry-run, for programs')
    .addHelpText(
      'after',
      `
Examples:
  gitcron rollback
  gitcron rollback --dry-run
  gitcron rollback 2df9a9d`,
    )
    .action(rollBack);
}

interface RollbackOptions {
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** Whoever is at work knows what it follows; only where nobody is, its volume is asked. */
async function rollBack(prefix: string | undefined, options: RollbackOptions): Promise<void> {
  if (options.dryRun === true) return showPreview(prefix, options.json === true);
  try {
    await askSupervisor(prefix);
  } catch (error) {
    if (process.env['GITCRON_URL'] || !isNobodyThere(error)) throw error;
    await pinOnVolume(prefix ?? null);
  }
}

async function askSupervisor(revision: string | undefined): Promise<void> {
  const client = await connectToSupervisor();
  const body = { revision };
  const target = await client.ask('/api/v1/rollback', releaseView, { method: 'POST', body });
  console.log(`${nameOf(target)} is current, and pinned until the next new revision.`);
}

async function showPreview(revision: string | undefined, asJson: boolean): Promise<void> {
  const client = await connectToSupervisor();
  const query = { revision };
  const preview = await client.ask('/api/v1/rollback-preview', rollbackPreview, { query });
  if (asJson) return printJson(preview);
  const { from, to, jobs, sentence, runsGoingOn } = preview;
  console.log(`Back ${from === null ? '' : `from ${nameOf(from)} `}to ${nameOf(to)}:`);
  console.log(sentence);
  for (const line of jobLines(jobs)) console.log(line);
  for (const { job, runId } of runsGoingOn) console.log(`  goes on: ${job} (${runId})`);
  console.log('Nothing was done: this was --dry-run.');
}

/** For the supervisor that starts next. */
async function pinOnVolume(prefix: string | null): Promise<void> {
  const { settings, volume } = await volumeOfSupervisor(process.env, process.cwd());
  const source = await sourceOfSupervisor(volume, settings.CRON_FILE);
  const { name } = await pinRelease(volume, source, prefix);
  console.log(`${nameOf(name)} is pinned; the supervisor takes it up as soon as it runs.`);
}

/**
 * A pin holds until the source shows another revision than now. So what it shows has to be known:
 * a pin against something else would be dropped, and an older one with it.
 *
 * @throws CodedError GITCRON_E_SOURCE_UNKNOWN
 */
async function sourceOfSupervisor(volume: StateVolume, cronFile: string): Promise<Source> {
  const { SOURCE_DIR: given = '' } = process.env;
  const said = given === '' ? null : resolve(given);
  const known = await readFollowedSource(volume);
  if (known !== null && said !== null && said !== known.directory) {
    throw unknownSource(`SOURCE_DIR is ${said}, but the supervisor followed ${known.directory}.`);
  }
  const source = known ?? (said === null ? null : { directory: said, cronFile });
  if (source === null) throw unknownSource('It is not known which source the supervisor follows.');
  if ((await readRevision(source)) === null) {
    throw unknownSource(`The source, ${source.directory}, shows no revision here.`);
  }
  return source;
}

function unknownSource(sentence: string): CodedError {
  return new CodedError('GITCRON_E_SOURCE_UNKNOWN', `${sentence} Nothing is pinned.`, {
    place: 'SOURCE_DIR',
    hint: 'No supervisor runs that could be asked. Start it and ask again (the stack: docker compose up -d); elsewhere, ask with the SOURCE_DIR that it has.',
  });
}

function nameOf({ revision, subject }: { revision: string; subject: string }): string {
  return `${shortRevision(revision)}${quoted(plain(subject))}`;
}
