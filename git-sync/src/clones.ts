import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { cloneAt, type Clone, type Strikes } from './clone.ts';
import type { ObjectFormat } from '@gitcron/base/full-hash';
import type { Git } from './git/git.ts';
import type { Logger } from '@gitcron/base/log';
import { discard, type Volume } from './volume.ts';

/** The clones of one sync: the main repository's, and one for each URL that its submodules name. */
export interface Clones {
  main(format: ObjectFormat): Clone;
  ofSubmodule(url: string, format: ObjectFormat): Clone;
  /** Tidies those that were asked for. Never rejects: nothing that goes wrong in a cache is a failure. */
  tidy(): Promise<void>;
  /** Deletes what the next commit has no need of, the clones of other submodules among it. Never rejects. */
  published(): Promise<void>;
}

export function createClones(parts: {
  readonly git: Git;
  readonly volume: Volume;
  readonly log: Logger;
  readonly strikes: Strikes;
}): Clones {
  const { volume, log } = parts;
  const used = new Map<string, Clone>();
  const keep = (path: string, name: string, format: ObjectFormat): Clone => {
    const clone = cloneAt({ ...parts, path, name, format });
    used.set(path, clone);
    return clone;
  };
  const say = (error: unknown) =>
    log.debug({ error: String(error) }, 'a clone could not be tidied');
  return {
    main: (format) => keep(volume.clone, 'the clone', format),
    ofSubmodule: (url, format) => {
      const path = join(volume.modules, `${createHash('sha256').update(url).digest('hex')}.git`);
      return keep(path, `the clone of the submodule at ${url}`, format);
    },
    async tidy() {
      for (const clone of used.values()) await clone.tidy().catch(say);
    },
    async published() {
      for (const clone of used.values()) await clone.dropLargeFiles().catch(say);
      const names = await readdir(volume.modules).catch(() => []);
      for (const path of names.map((name) => join(volume.modules, name))) {
        if (!used.has(path)) await discard(volume, path).catch(say);
      }
    },
  };
}
