/**
 * What is kept of a state file for whoever must not do without it:
 * a *shared decision* is what somebody decided, or what every machine that may run these jobs has to
 * agree on; a *local fact* is true of this machine and this process only.
 */
export type Nature = 'shared decision' | 'local fact';

export interface StateFileEntry {
  readonly name: string;
  readonly nature: Nature;
  /** What holds when it cannot be read and there is no good copy of it. */
  readonly holds: string;
  /** What follows when it cannot be written; for those whose writer is told by an error, too. */
  readonly unwritten: string;
  /** A copy of the last one that was written stands beside it, for when it is damaged. */
  readonly keepsCopy?: boolean;
  /** A power cut may lose it. */
  readonly isFleeting?: boolean;
  readonly mode?: number;
}

/** Every small file of the state volume that is replaced as a whole; `StateFile` reads and writes them. */
export const STATE_FILES = {
  access: {
    name: 'access.json',
    nature: 'shared decision',
    holds: 'only commands on this machine are let in (the control socket)',
    unwritten: 'what was revoked is revoked until the next start',
    mode: 0o600,
  },
  jobSwitches: {
    name: 'job-switches.json',
    nature: 'shared decision',
    holds: 'jobs are enabled as the crontab says',
    unwritten: 'the job stays as it is',
    keepsCopy: true,
  },
  pin: {
    name: 'pin.json',
    nature: 'shared decision',
    holds: 'the release that is current stays until the source shows another revision',
    unwritten: 'the release is not pinned',
    keepsCopy: true,
  },
  acknowledged: {
    name: 'acknowledged.json',
    nature: 'shared decision',
    holds: 'failed jobs count as not acknowledged',
    unwritten: 'the job still counts as failing',
    keepsCopy: true,
  },
  followedSource: {
    name: 'followed-source.json',
    nature: 'local fact',
    holds: 'which source is followed is not known until it is looked at',
    unwritten:
      'gitcron releases and gitcron rollback do not know which source is followed; nothing else needs it',
  },
  heartbeat: {
    name: 'heartbeat.json',
    nature: 'local fact',
    holds: 'whether a supervisor lives is not known until its next beat',
    unwritten: 'gitcron health will say that the supervisor hangs',
    isFleeting: true,
  },
} as const satisfies Record<string, StateFileEntry>;

/** Logs that a line is appended to at each step, because a step has to cost little. */
export const APPEND_LOGS = {
  /** Processes that are held or run. */
  running: { name: 'running.json', nature: 'local fact' },
  /** Up to where the slots of jobs with `@catchup` are dealt with. */
  handledSlots: { name: 'handled-slots.json', nature: 'shared decision' },
  /** Runs that others follow: that they began, how they ended, what is still to follow. */
  follows: { name: 'follows.jsonl', nature: 'shared decision' },
  /** Requests of the last day that must not start a second run. */
  idempotencyKeys: { name: 'idempotency-keys.jsonl', nature: 'shared decision' },
} as const satisfies Record<string, Pick<StateFileEntry, 'name' | 'nature'>>;
