import { setTimeout as delay } from 'node:timers/promises';
import { Command } from 'commander';
import { CodedError } from '../errors.ts';
import { writePin } from '../release/pin.ts';
import { currentRevision, listReleases, type Release } from '../release/release.ts';
import { readRevision, shortRevision } from '../release/revision.ts';
import { createStateVolume, stateVolume, type StateVolume } from '../release/state-volume.ts';
import { settingsOfSupervisor } from './state-directory.ts';

/** How long to wait for a running supervisor to say that it is done. */
const PATIENCE_MS = 10_000;

export function rollbackCommand(): Command {
  return new Command('rollback')
    .summary('go back to an earlier release, until the next new revision')
    .description(
      'Makes an earlier release current and pins it: it stays until the source shows a new revision.\nRuns in flight end in the release they began with.',
    )
    .argument('[sha]', 'the release, by the beginning of its hash; without it, the one before')
    .action(async (sha: string | undefined) => {
      const settings = settingsOfSupervisor(process.env, process.cwd());
      const volume = stateVolume(settings.STATE_DIR);
      await createStateVolume(volume);
      const target = await findTarget(volume, sha);
      const source = { directory: settings.SOURCE_DIR, cronFile: settings.CRON_FILE };
      const shown = await readRevision(source);
      await writePin(volume, { release: target.name.revision, until: shown?.id ?? null });
      const name = `${shortRevision(target.name.revision)} "${target.name.subject}"`;
      if (await becomesCurrent(volume, target)) {
        console.log(`${name} is current, and pinned until the next new revision.`);
      } else {
        console.log(`${name} is pinned; the supervisor takes it up as soon as it runs.`);
      }
    });
}

async function findTarget(volume: StateVolume, sha: string | undefined): Promise<Release> {
  const releases = await listReleases(volume);
  const current = await currentRevision(volume);
  const candidates =
    sha === undefined
      ? releases
          .filter(
            ({ name, description }) =>
              name.revision !== current && description.activatedAt !== null,
          )
          .slice(0, 1)
      : releases.filter(({ name }) => name.revision.startsWith(sha));
  const [target, another] = candidates;
  if (target !== undefined && another === undefined) return target;
  const which = sha === undefined ? 'There is no earlier release' : `No single release is "${sha}"`;
  throw new CodedError('GITCRON_E_NO_RELEASE', `${which} to go back to.`, {
    place: volume.releases,
    hint: 'gitcron releases lists those that are kept; give more digits if two begin alike.',
  });
}

async function becomesCurrent(volume: StateVolume, target: Release): Promise<boolean> {
  const giveUpAt = Date.now() + PATIENCE_MS;
  while (Date.now() < giveUpAt) {
    if ((await currentRevision(volume)) === target.name.revision) return true;
    await delay(100);
  }
  return false;
}
