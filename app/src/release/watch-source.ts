import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { watch, type FSWatcher } from 'chokidar';
import type { Logger } from '../log.ts';
import { NOT_CODE } from './fingerprint.ts';
import { sourceLink } from './revision.ts';

export interface WatchOptions {
  readonly directory: string;
  readonly cronFile: string;
  /** A file of the state volume that asks for a look as well. */
  readonly pin: string;
  /** For file systems that send no events. */
  readonly pollMs: number;
  readonly logger: Logger;
  /** Called again and again; a call that finds nothing new must be cheap. */
  readonly look: () => void;
}

/** Editors and `git checkout` write many files in a row; one look after them is enough. */
const QUIET_MS = 200;

/**
 * Calls `look` when the source may show something new: at events of the file system, at every
 * poll, and whenever the pin changes.
 * @returns a function that ends it.
 */
export async function watchSource(options: WatchOptions): Promise<() => Promise<void>> {
  const { directory, cronFile, pin, pollMs, logger, look } = options;
  let quiet: NodeJS.Timeout | undefined;
  const lookSoon = () => {
    clearTimeout(quiet);
    quiet = setTimeout(look, QUIET_MS);
  };
  const isPlain = (await sourceLink(directory)) === null && existsSync(join(directory, cronFile));
  const watcher = isPlain ? watchTree(directory) : await watchLink(directory);
  const pinWatcher = watchEntries(dirname(pin), [pin]);
  for (const each of [watcher, pinWatcher]) {
    each.on('all', lookSoon).on('error', (error) => {
      logger.warn(
        { error: String(error) },
        `The file system sends no events for ${directory}; it is looked at every ${pollMs / 1000} s instead.`,
      );
    });
  }
  const poll = setInterval(look, pollMs);
  return async () => {
    clearTimeout(quiet);
    clearInterval(poll);
    await Promise.all([watcher.close(), pinWatcher.close()]);
  };
}

/** A plain directory is watched as deep as it goes. */
function watchTree(directory: string): FSWatcher {
  return watch(directory, {
    ignoreInitial: true,
    followSymlinks: false,
    ignored: (path) => path !== directory && NOT_CODE.has(basename(path)),
  });
}

/** The folder that holds the link and not what is behind it: a swapped link is an event of its folder only. */
async function watchLink(directory: string): Promise<FSWatcher> {
  const isLinkItself = (await sourceLink(directory)) === directory;
  return isLinkItself
    ? watchEntries(dirname(directory), [directory])
    : watchEntries(directory, [join(directory, 'current')]);
}

function watchEntries(folder: string, entries: readonly string[]): FSWatcher {
  return watch(folder, {
    depth: 0,
    ignoreInitial: true,
    followSymlinks: false,
    ignored: (path) => path !== folder && !entries.includes(path),
  });
}
