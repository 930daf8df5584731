import { Command } from 'commander';
import { z } from 'zod';
import { releaseView, type ReleaseView } from '../api/release.ts';
import { viewRelease } from '../http/views/release.ts';
import { readPin } from '../release/pin.ts';
import { listOwnReleases } from '../release/followed-source.ts';
import { currentRevision } from '../release/release.ts';
import { shortRevision } from '../sync/revision.ts';
import { connectToSupervisor } from './client/api-client.ts';
import { localTime, plain, printJson, withZone } from './printing.ts';
import { volumeOfSupervisor } from './state-directory.ts';
import { formatTable } from './table.ts';

export function releasesCommand(): Command {
  return new Command('releases')
    .option('--json', 'for programs: an array of objects')
    .addHelpText(
      'after',
      `
Examples:
  gitcron releases
  gitcron releases --json | jq -r '.[] | select(.current) | .revision'`,
    )
    .action(async ({ json }: { json?: boolean }) => {
      const releases = await readReleases();
      if (json) printJson(releases);
      else if (releases.length === 0) console.log('There is no release yet.');
      else {
        const head = ['', 'RELEASE', withZone('ACTIVATED'), 'AUTHOR', 'SUBJECT'];
        console.log(formatTable(head, releases.map(row)));
      }
    });
}

/** @param request its signal ends the asking; what lies on this machine is read at once. */
export function readReleases(request: { signal?: AbortSignal } = {}): Promise<ReleaseView[]> {
  return process.env['GITCRON_URL'] ? askSupervisor(request) : readVolume();
}

async function askSupervisor(request: { signal?: AbortSignal }): Promise<ReleaseView[]> {
  const client = await connectToSupervisor();
  const list = z.object({ items: z.array(releaseView) });
  return (await client.ask('/api/v1/releases', list, request)).items;
}

/** On the machine itself no supervisor is needed. */
async function readVolume(): Promise<ReleaseView[]> {
  const { volume } = await volumeOfSupervisor(process.env, process.cwd());
  const [releases, current, pin] = await Promise.all([
    listOwnReleases(volume),
    currentRevision(volume),
    readPin(volume),
  ]);
  return releases.map((release) => viewRelease(release, current, pin?.release ?? null));
}

function row({ revision, subject, author, activatedAt, current, pinned }: ReleaseView): string[] {
  return [
    [current && 'current', pinned && 'pinned'].filter(Boolean).join(', '),
    shortRevision(revision),
    activatedAt === null ? 'never' : localTime(activatedAt),
    plain(author),
    plain(subject),
  ];
}
