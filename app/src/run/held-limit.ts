import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { softLimit } from './process/soft-limit.ts';

/** Also with a low JOB_CONCURRENCY: who waits for a place begins at once when it has one. */
const LEAST_WANTED = 256;

/** The supervisor's ends of a held process: its gate, its two outputs, its result file. */
const DESCRIPTORS_EACH = 4;

/** Limits can be changed while we run, but not in the middle of a burst. */
const LOOK_AGAIN_MS = 10_000;

/**
 * How many processes may be held ready: as many as may run, but at most half of the processes and
 * of the descriptors that the system allows, because those that run need theirs.
 */
export function createHeldLimit(concurrency: number): () => number {
  const wanted = Math.max(concurrency, LEAST_WANTED);
  let limit = 0;
  let lookedAt = Number.NEGATIVE_INFINITY;
  return () => {
    if (performance.now() - lookedAt > LOOK_AGAIN_MS) {
      lookedAt = performance.now();
      limit = heldLimit(wanted, systemLimits());
    }
    return limit;
  };
}

/** Infinity where there is no limit, or none that is known. */
export interface SystemLimits {
  readonly processes: number;
  readonly descriptors: number;
}

export function heldLimit(wanted: number, { processes, descriptors }: SystemLimits): number {
  return Math.min(
    wanted,
    Math.floor(processes / 2),
    Math.floor(descriptors / 2 / DESCRIPTORS_EACH),
  );
}

/** Ours, and those of our control groups (cgroups(7)). */
export function systemLimits(root = '/'): SystemLimits {
  return {
    processes: Math.min(softLimit('Max processes', root), ...cgroupLimits(root)),
    descriptors: softLimit('Max open files', root),
  };
}

export interface Tasks {
  readonly limit: number;
  readonly used: number;
}

/**
 * How many processes and threads the control group allows, and has; Infinity where it allows as many
 * as one likes. Which groups have a limit is looked at now and then, what they have at each call.
 */
export function watchTasks(root = '/'): () => Tasks {
  let limited: { readonly directory: string; readonly limit: number }[] = [];
  let lookedAt = Number.NEGATIVE_INFINITY;
  return () => {
    if (performance.now() - lookedAt > LOOK_AGAIN_MS) {
      lookedAt = performance.now();
      limited = cgroups(root)
        .map((directory) => ({ directory, limit: pidsMax(directory) }))
        .filter(({ limit }) => Number.isFinite(limit));
    }
    const groups = limited.map(({ directory, limit }) => {
      const used = numberOf(read(join(directory, 'pids.current')).trim());
      return { limit, used: Number.isFinite(used) ? used : 0 };
    });
    const [tightest] = groups.toSorted((a, b) => a.limit - a.used - (b.limit - b.used));
    return tightest ?? { limit: Number.POSITIVE_INFINITY, used: 0 };
  };
}

/** `pids.max` of our control group and of those above it: the lowest holds. */
function cgroupLimits(root: string): number[] {
  return cgroups(root).map(pidsMax);
}

function pidsMax(directory: string): number {
  return numberOf(read(join(directory, 'pids.max')).trim());
}

function cgroups(root: string): string[] {
  return read(join(root, 'proc/self/cgroup'))
    .split('\n')
    .flatMap((line) => {
      const [, controllers, path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
      if (path === undefined || !['', 'pids'].includes(controllers ?? '')) return [];
      const mount = join(root, 'sys/fs/cgroup', controllers ?? '');
      const parts = path.split('/').filter(Boolean);
      return [...parts.keys(), parts.length].map((depth) => join(mount, ...parts.slice(0, depth)));
    });
}

function numberOf(text: string): number {
  return /^\d+$/.test(text) ? Number(text) : Number.POSITIVE_INFINITY;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // Another system, or nothing of the kind is limited.
    return '';
  }
}
