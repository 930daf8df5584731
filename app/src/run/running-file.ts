import { closeSync, openSync, rmSync } from 'node:fs';
import writeFileAtomic from 'write-file-atomic';
import type { EpochMs } from '@gitcron/base/clock';
import { errorFields } from '@gitcron/base/error-fields';
import type { Logger } from '@gitcron/base/log';
import type { RunIdentity } from '../events/run-description.ts';
import { appendWhole } from '../state/append-whole.ts';
import type { ProcessUser } from '../processes/process-user.ts';
import { readProcess } from './process/process-table.ts';
import { bootId, type Change, type RunningProcess, type Snapshot } from './running-notes.ts';

/**
 * Says which processes run, so that the next supervisor finds them if this one is killed. What is
 * noted is in the file when the call returns: a process is noted before its gate can open, and that
 * it began before history tells of it.
 */
export interface RunningFile {
  add(process: NotedStart): void;
  /** What could not be ended and is nobody's leader. */
  keep(left: readonly RunningProcess[]): void;
  /** All that began at one instant: one write, however many they are. */
  started(pids: readonly number[], at: EpochMs): void;
  /** Soon enough: a process that is gone and still noted is looked for in vain. */
  remove(pid: number): void;
  /** Nothing runs any more but what could not be ended. */
  close(left: readonly RunningProcess[]): void;
}

export interface NotedStart {
  readonly pid: number;
  readonly run: RunIdentity;
  readonly attempt: number;
  readonly runAs: ProcessUser | null;
}

/** A burst of ends is one write. */
const PAUSE_MS = 100;

/** So many lines of what is over may stand in the file before it is written anew. */
const STALE_LINES = 2000;

const CONSEQUENCE =
  'if this supervisor is killed, the next one will not find the processes it leaves behind';

/** @param before what a supervisor before us could not end: it stays noted. */
export function createRunningFile(
  path: string,
  logger: Logger,
  before: readonly RunningProcess[] = [],
): RunningFile {
  const processes = new Map(before.map((each) => [each.pid, each]));
  const boot = bootId();
  /** Null until the first note, which replaces what a predecessor left, and after a write that failed. */
  let file: number | null = null;
  let lines = 0;
  let removed: Change[] = [];
  let removing: NodeJS.Timeout | null = null;
  let failed = false;

  function note(changes: readonly Change[]): void {
    const all = [...removed, ...changes];
    removed = [];
    try {
      if (file === null || lines > STALE_LINES + 2 * processes.size) return writeAnew();
      appendWhole(file, all.map((change) => `${JSON.stringify(change)}\n`).join(''));
      lines += all.length;
    } catch (error) {
      // Jobs go on without it; one warning says what is missing, and the next note tries it all again.
      if (!failed) logger.warn(errorFields(error), `Cannot write ${path}: ${CONSEQUENCE}`);
      failed = true;
      close();
    }
  }

  function writeAnew(): void {
    close();
    const snapshot: Snapshot = { boot, processes: [...processes.values()] };
    // What is on disk after a power cut is of no use: nothing runs then.
    writeFileAtomic.sync(path, `${JSON.stringify(snapshot)}\n`, { fsync: false, mode: 0o600 });
    file = openSync(path, 'a');
    lines = 0;
    if (failed) logger.info(`${path} can be written again.`);
    failed = false;
  }

  function close(): void {
    if (file !== null) closeSync(file);
    file = null;
  }

  return {
    add({ pid, run, attempt, runAs }) {
      const startTicks = readProcess(pid)?.startTicks ?? 0;
      const added: RunningProcess = { pid, startTicks, ...run, attempt, runAs, startedAt: null };
      processes.set(pid, added);
      note([{ add: added }]);
    },
    keep(left) {
      for (const each of left) processes.set(each.pid, each);
      note(left.map((each) => ({ add: each })));
    },
    started(pids, at) {
      const known = pids.filter((pid) => processes.has(pid));
      for (const pid of known) {
        const entry = processes.get(pid);
        if (entry !== undefined) processes.set(pid, { ...entry, startedAt: at });
      }
      if (known.length > 0) note([{ started: known, at }]);
    },
    remove(pid) {
      if (!processes.delete(pid)) return;
      removed.push({ remove: pid });
      removing ??= setTimeout(() => {
        removing = null;
        if (removed.length > 0) note([]);
      }, PAUSE_MS);
    },
    close(left) {
      if (removing !== null) clearTimeout(removing);
      processes.clear();
      removed = [];
      for (const each of left) processes.set(each.pid, each);
      if (left.length > 0) writeAnew();
      close();
      if (left.length === 0) rmSync(path, { force: true });
    },
  };
}
