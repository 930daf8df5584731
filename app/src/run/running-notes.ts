import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { errorFields } from '@gitcron/base/error-fields';
import type { Logger } from '@gitcron/base/log';
import { runIdentity } from '../events/run-description.ts';
import { readLog } from '../state/read-log.ts';

const { trigger, requestedBy, scheduledAt, release } = runIdentity.shape;

/** A process of ours, by a name that the system never gives twice. */
const runningProcess = z.object({
  pid: z.number().int().positive(),
  /** See ProcessName. */
  startTicks: z.number(),
  runId: z.string().regex(/^[0-9a-f-]{36}$/),
  job: z.string(),
  // What a Gitcron of before noted says no more of the run: most are of the schedule.
  trigger: trigger.default('schedule'),
  requestedBy: requestedBy.default(null),
  scheduledAt: scheduledAt.default(null),
  release: release.default(null),
  attempt: z.number().int().positive().default(1),
  /** Whose process it is; null: the supervisor's user. Left out by a Gitcron of before. */
  runAs: z.object({ uid: z.int(), gid: z.int() }).nullable().optional(),
  /** Null while it is held at the gate. Written before the gate opens. */
  startedAt: z.number().nullable(),
});
export type RunningProcess = z.infer<typeof runningProcess>;

/** The first line of the file: all there was when it was written. */
const snapshot = z.object({
  /** Ticks are counted from boot: after another boot they mean nothing. */
  boot: z.string(),
  processes: z.array(runningProcess),
});
export type Snapshot = z.infer<typeof snapshot>;

/** Every other line: what has changed since. */
const change = z.union([
  z.object({ add: runningProcess }),
  z.object({ started: z.array(z.number()), at: z.number() }),
  z.object({ remove: z.number() }),
]);
export type Change = z.infer<typeof change>;

/** What a supervisor that was killed left in its file: the processes of this boot. */
export function readRunningFile(path: string, logger: Logger): RunningProcess[] {
  const text = readLog(path, tell);
  // The last supervisor ended in order, or there was none.
  if (text === null) return [];
  const [first = '', ...changes] = text.split('\n');
  const processes = new Map<number, RunningProcess>();
  let ofThisBoot = false;
  try {
    const { boot, processes: before } = snapshot.parse(JSON.parse(first));
    ofThisBoot = boot === bootId();
    for (const each of before) processes.set(each.pid, each);
    // A line that a full disk cut off is the last one, and has no end.
    for (const line of changes.slice(0, -1)) apply(change.parse(JSON.parse(line)), processes);
  } catch (error) {
    // What was read until then is looked for all the same.
    tell(error);
  }
  const found = [...processes.values()];
  return ofThisBoot ? found : found.map((entry) => ({ ...entry, startTicks: 0 }));

  function tell(error: unknown): void {
    logger.warn(
      errorFields(error),
      `Cannot read ${path}: processes of the last supervisor may still run`,
    );
  }
}

function apply(of: Change, processes: Map<number, RunningProcess>): void {
  if ('add' in of) {
    processes.set(of.add.pid, of.add);
  } else if ('remove' in of) {
    processes.delete(of.remove);
  } else {
    for (const pid of of.started) {
      const entry = processes.get(pid);
      if (entry !== undefined) processes.set(pid, { ...entry, startedAt: of.at });
    }
  }
}

export function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    // Without /proc no process is recognised again, with or without the boot's name.
    return 'unknown';
  }
}
