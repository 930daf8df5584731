import { Command } from 'commander';
import { currentRevision, listReleases, type Release } from '../release/release.ts';
import { readPin } from '../release/pin.ts';
import { shortRevision } from '../release/revision.ts';
import { createStateVolume, stateVolume } from '../release/state-volume.ts';
import { settingsOfSupervisor } from './state-directory.ts';
import { formatTable } from './table.ts';

export function releasesCommand(): Command {
  return new Command('releases')
    .summary('the releases that are kept, the newest first')
    .option('--json', 'for programs: an array of objects')
    .action(async ({ json }: { json?: boolean }) => {
      const volume = stateVolume(settingsOfSupervisor(process.env, process.cwd()).STATE_DIR);
      await createStateVolume(volume);
      const releases = await listReleases(volume);
      const current = await currentRevision(volume);
      const pin = await readPin(volume);
      if (json) {
        const rows = releases.map((release) => toJson(release, current, pin?.release ?? null));
        console.log(JSON.stringify(rows, null, 2));
        return;
      }
      if (releases.length === 0) {
        console.log('There is no release yet.');
        return;
      }
      const rows = releases.map((release) => toRow(release, current, pin?.release ?? null));
      console.log(formatTable(['', 'RELEASE', 'ACTIVATED', 'AUTHOR', 'SUBJECT'], rows));
    });
}

function toJson({ name, description }: Release, current: string | null, pinned: string | null) {
  return {
    revision: name.revision,
    subject: name.subject,
    author: name.author,
    dependencyHash: name.dependencyHash,
    preparedAt: new Date(description.preparedAt).toISOString(),
    activatedAt:
      description.activatedAt === null ? null : new Date(description.activatedAt).toISOString(),
    current: name.revision === current,
    pinned: name.revision === pinned,
  };
}

function toRow({ name, description }: Release, current: string | null, pinned: string | null) {
  const marks = [name.revision === current && 'current', name.revision === pinned && 'pinned'];
  const { activatedAt } = description;
  return [
    marks.filter(Boolean).join(', '),
    shortRevision(name.revision),
    activatedAt === null ? 'never' : new Date(activatedAt).toISOString(),
    name.author,
    name.subject,
  ];
}
