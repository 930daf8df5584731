import { readFileSync, rmSync } from 'node:fs';
import writeFileAtomic from 'write-file-atomic';
import { z } from 'zod';
import type { EpochMs } from '@gitcron/base/clock';
import { errorFields, type Logger } from '@gitcron/base/log';
import { readProcess } from './process/process-table.ts';

/** A process of ours, by a name that the system never gives twice. */
const runningProcess = z.object({
  pid: z.number().int().positive(),
  /** See ProcessEntry. */
  startTicks: z.number(),
  runId: z.string().regex(/^[0-9a-f-]{36}$/),
  job: z.string(),
  /** Null while it is held at the gate. */
  startedAt: z.number().nullable(),
});

const content = z.object({
  /** Ticks are counted from boot: after another boot they mean nothing. */
  boot: z.string(),
  processes: z.array(runningProcess),
});

export type RunningProcess = z.infer<typeof runningProcess>;

/** Says which processes run, so that the next supervisor finds them if this one is killed. */
export interface RunningFile {
  add(process: { pid: number; runId: string; job: string }): void;
  started(pid: number, at: EpochMs): void;
  remove(pid: number): void;
  /** Nothing runs any more. Waits for a write under way. */
  clear(): Promise<void>;
}

/** A burst of starts and ends is one write. */
const PAUSE_MS = 100;

const CONSEQUENCE =
  'if this supervisor is killed, the next one will not find the processes it leaves behind';

export function createRunningFile(path: string, logger: Logger): RunningFile {
  const processes = new Map<number, Omit<RunningProcess, 'startTicks'> & { startTicks?: number }>();
  const boot = bootId();
  let writing: Promise<void> = Promise.resolve();
  let next: NodeJS.Timeout | null = null;
  let lastWriteAt = Number.NEGATIVE_INFINITY;
  let failed = false;

  function changed(): void {
    const wait = Math.max(0, lastWriteAt + PAUSE_MS - performance.now());
    next ??= setTimeout(() => {
      next = null;
      lastWriteAt = performance.now();
      writing = writing.then(write);
    }, wait);
  }

  async function write(): Promise<void> {
    for (const entry of processes.values()) {
      entry.startTicks ??= readProcess(entry.pid)?.startTicks ?? 0;
    }
    const text = JSON.stringify({ boot, processes: [...processes.values()] });
    try {
      await writeFileAtomic(path, text, { fsync: false, mode: 0o600 });
      failed = false;
    } catch (error) {
      // Jobs go on without it; one warning says what is missing.
      if (!failed) logger.warn(errorFields(error), `Cannot write ${path}: ${CONSEQUENCE}`);
      failed = true;
    }
  }

  return {
    add({ pid, runId, job }) {
      processes.set(pid, { pid, runId, job, startedAt: null });
      changed();
    },
    started(pid, at) {
      const entry = processes.get(pid);
      if (entry === undefined) return;
      processes.set(pid, { ...entry, startedAt: at });
      changed();
    },
    remove(pid) {
      if (processes.delete(pid)) changed();
    },
    async clear() {
      processes.clear();
      if (next !== null) clearTimeout(next);
      await writing;
      rmSync(path, { force: true });
    },
  };
}

/** What a supervisor that was killed left in its file: the processes of this boot. */
export function readRunningFile(path: string, logger: Logger): RunningProcess[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    // The last supervisor ended in order, or there was none.
    return [];
  }
  try {
    const { boot, processes } = content.parse(JSON.parse(text));
    return boot === bootId() ? processes : processes.map((entry) => ({ ...entry, startTicks: 0 }));
  } catch (error) {
    logger.warn(
      errorFields(error),
      `Cannot read ${path}: processes of the last supervisor may still run`,
    );
    return [];
  }
}

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    // Without /proc no process is recognised again, with or without the boot's name.
    return 'unknown';
  }
}
