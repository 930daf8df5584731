import { Command } from 'commander';
import { releaseView } from '../api/release.ts';
import { quoted, shortRevision } from '../sync/revision.ts';
import { becomesCurrent, pinRelease } from '../release/rollback.ts';
import { connectToSupervisor } from './client/api-client.ts';
import { plain } from './printing.ts';
import { volumeOfSupervisor } from './state-directory.ts';

export function rollbackCommand(): Command {
  return new Command('rollback')
    .description(
      'Makes an earlier release current and pins it: it stays until the source shows a new revision. Runs in flight end in the release they began with.',
    )
    .argument('[sha]', 'the release, by the beginning of its hash; without it, the one before')
    .addHelpText(
      'after',
      `
Examples:
  gitcron rollback
  gitcron rollback 2df9a9d`,
    )
    .action((sha: string | undefined) =>
      process.env['GITCRON_URL'] ? askSupervisor(sha) : pinOnVolume(sha),
    );
}

async function askSupervisor(revision: string | undefined): Promise<void> {
  const client = await connectToSupervisor();
  const body = { revision };
  const target = await client.ask('/api/v1/rollback', releaseView, { method: 'POST', body });
  console.log(`${nameOf(target)} is current, and pinned until the next new revision.`);
}

/** Works while the supervisor is down, too. */
async function pinOnVolume(sha: string | undefined): Promise<void> {
  const { settings, volume } = await volumeOfSupervisor(process.env, process.cwd());
  const source = { directory: settings.SOURCE_DIR, cronFile: settings.CRON_FILE };
  const target = await pinRelease(volume, source, sha ?? null);
  if (await becomesCurrent(volume, target)) {
    console.log(`${nameOf(target.name)} is current, and pinned until the next new revision.`);
  } else {
    console.log(`${nameOf(target.name)} is pinned; the supervisor takes it up as soon as it runs.`);
  }
}

function nameOf({ revision, subject }: { revision: string; subject: string }): string {
  return `${shortRevision(revision)}${quoted(plain(subject))}`;
}
