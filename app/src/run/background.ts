import type { ProcessUser } from '../processes/process-user.ts';
import { isGroupAlive, killNow, terminate } from './process/terminate.ts';
import type { JobOutput } from './output/job-output.ts';

/** Processes that a run left running when it ended by itself. */
export interface LeftBehind {
  readonly runId: string;
  readonly job: string;
  /** Of its process group and session. */
  readonly leader: number;
  /** The pipes that they still hold. */
  readonly outputs: readonly JobOutput[];
  readonly revision: string | null;
  /** Whose processes they are. */
  readonly runAs: ProcessUser | null;
}

/**
 * What runs have left in the background. They are let be, as cron lets them be: they may go on
 * writing to the log. They end when the supervisor ends.
 */
export interface Background {
  add(left: LeftBehind): void;
  living(): LeftBehind[];
  revisions(): string[];
  terminateAll(graceMs: number, hurry: AbortSignal): Promise<void>;
  killAll(): void;
}

/** A job that leaves something behind each time must not use up the supervisor's descriptors. */
const MAX_OPEN_OUTPUTS = 64;

export function createBackground(onGone: (left: LeftBehind) => void): Background {
  const all = new Set<LeftBehind>();

  function living(): LeftBehind[] {
    for (const left of all) {
      if (left.outputs.some((output) => output.isOpen()) || isGroupAlive(left.leader)) continue;
      all.delete(left);
      onGone(left);
    }
    return [...all];
  }

  function closeOldest(): void {
    const open = [...all].flatMap(({ outputs }) => outputs).filter((output) => output.isOpen());
    for (const output of open.slice(0, -MAX_OPEN_OUTPUTS)) output.close();
  }

  return {
    add(left) {
      living();
      all.add(left);
      closeOldest();
    },
    living,
    revisions: () => living().flatMap(({ revision }) => revision ?? []),
    async terminateAll(graceMs, hurry) {
      const ends = living().map(({ leader, runId, runAs }) =>
        terminate({ leader, runId, runAs }, graceMs, hurry),
      );
      await Promise.all(ends);
      for (const { outputs } of all) for (const output of outputs) output.close();
      living();
    },
    killAll() {
      for (const { leader } of living()) killNow(leader);
    },
  };
}
