import { coalesced } from '@gitcron/base/coalesced';
import { realpath } from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';
import { watch, type FSWatcher } from 'chokidar';
import type { Logger } from '@gitcron/base/log';
import { NOT_CODE } from './fingerprint.ts';
import { sourceShape, type Source, type SourceShape } from './revision.ts';

export interface WatchOptions {
  readonly source: Source;
  /** A file of the state volume that asks for a look as well. */
  readonly pin: string;
  /** For file systems that send no events. */
  readonly pollMs: number;
  readonly logger: Logger;
  /** Called again and again; a call that finds nothing new must be cheap. */
  readonly look: () => void;
}

/** Editors and `git checkout` write many files of a directory in a row; one look after them is enough. */
const QUIET_MS = 200;

/** A swapped link and a renamed file are whole as soon as they are there. */
const AT_ONCE_MS = 0;

/**
 * Calls `look` when the source may show something new: at events of the file system, at every
 * poll, and whenever the pin changes.
 * @returns a function that ends it.
 */
export async function watchSource(options: WatchOptions): Promise<() => Promise<void>> {
  const { source, pin, pollMs, logger, look } = options;
  let quiet: NodeJS.Timeout | undefined;
  let isBlind = false;
  const attend = (watcher: FSWatcher, quietMs: number): FSWatcher =>
    watcher
      .on('all', () => {
        if (quietMs === AT_ONCE_MS) return checkSoon();
        clearTimeout(quiet);
        quiet = setTimeout(checkSoon, quietMs);
      })
      .on('error', (error) => {
        if (isBlind) return;
        isBlind = true;
        logger.warn(
          { error: String(error) },
          `The file system sends no events for ${source.directory}; it is looked at every ${pollMs / 1000} s instead.`,
        );
      });

  let shape = await sourceShape(source);
  let watcher = attend(await watchShape(source, shape), quietOf(shape));
  const pinWatcher = attend(watchEntries(dirname(pin), [pin]), AT_ONCE_MS);
  // A source that comes only later, or as something else than before, needs another watcher.
  const check = async () => {
    const now = await sourceShape(source);
    if (now !== shape) {
      shape = now;
      await watcher.close();
      watcher = attend(await watchShape(source, shape), quietOf(shape));
    }
    look();
  };
  // A source that can't be read is told of by `look`.
  const checks = coalesced(() => check().catch(look));
  const checkSoon = (): void => {
    void checks.run();
  };
  const poll = setInterval(checkSoon, pollMs);
  return async () => {
    clearInterval(poll);
    clearTimeout(quiet);
    await checks.settled();
    await Promise.all([watcher.close(), pinWatcher.close()]);
  };
}

function quietOf(shape: SourceShape): number {
  return shape === 'link' || shape === 'volume' ? AT_ONCE_MS : QUIET_MS;
}

/**
 * A plain directory is watched as deep as it goes. Of a published one the folder is watched that
 * holds the link, and not what is behind it: a swapped link is an event of its folder only.
 */
async function watchShape(source: Source, shape: SourceShape): Promise<FSWatcher> {
  const { directory } = source;
  if (shape === 'plain') return watchTree(await realpath(directory));
  if (shape === 'link') return watchEntries(dirname(directory), [directory]);
  if (shape === 'volume') return watchEntries(directory, [join(directory, 'current')]);
  return watchArrival(source);
}

/** Whatever comes first: the directory itself, a link in it, the directories down to the crontab. */
function watchArrival({ directory, cronFile }: Source): FSWatcher {
  const parent = dirname(directory);
  return watch(parent, {
    depth: 1 + cronFile.split('/').length,
    ignoreInitial: true,
    followSymlinks: false,
    ignored: (path) =>
      path !== parent &&
      path !== directory &&
      (!path.startsWith(directory + sep) || NOT_CODE.has(basename(path))),
  });
}

function watchTree(directory: string): FSWatcher {
  return watch(directory, {
    ignoreInitial: true,
    followSymlinks: false,
    ignored: (path) => path !== directory && NOT_CODE.has(basename(path)),
  });
}

function watchEntries(folder: string, entries: readonly string[]): FSWatcher {
  return watch(folder, {
    depth: 0,
    ignoreInitial: true,
    followSymlinks: false,
    ignored: (path) => path !== folder && !entries.includes(path),
  });
}
