import type { Command } from 'commander';

export interface CommandEntry {
  /** For the list of `--help`, which loads no command. */
  readonly summary: string;
  readonly load: () => Promise<Command>;
}

/**
 * Every command, in the order of `--help`. To add one, write its file and name it here.
 * Only the one that is asked for is loaded: a health check every few seconds must cost little.
 */
export const COMMANDS: Readonly<Record<string, CommandEntry>> = {
  up: {
    summary: 'the whole stack on this machine, without Docker (what npm start does)',
    load: async () => (await import('./up.ts')).upCommand(),
  },
  supervise: {
    summary: 'follow the source and run its jobs (what the app container does)',
    load: async () => (await import('./supervise.ts')).superviseCommand(),
  },
  cron: {
    summary: 'run a plain crontab file, without git or a database',
    load: async () => (await import('./cron.ts')).cronCommand(),
  },
  check: {
    summary: 'is the crontab right, and when does it run?',
    load: async () => (await import('./check.ts')).checkCommand(),
  },
  import: {
    summary: 'make a crontab of one for cron or supercronic',
    load: async () => (await import('./import.ts')).importCommand(),
  },
  next: {
    summary: 'show when a schedule is due',
    load: async () => (await import('./next.ts')).nextCommand(),
  },
  status: {
    summary: 'everything at a glance',
    load: async () => (await import('./status.ts')).statusCommand(),
  },
  jobs: {
    summary: 'the jobs of the crontab in force, when they run next and how they last went',
    load: async () => (await import('./jobs.ts')).jobsCommand(),
  },
  run: {
    summary: 'start a job now',
    load: async () => (await import('./run.ts')).runCommand(),
  },
  runs: {
    summary: 'what ran, the newest first',
    load: async () => (await import('./runs.ts')).runsCommand(),
  },
  show: {
    summary: 'everything about a run: slot, commit, parameters, attempts, result, error',
    load: async () => (await import('./show.ts')).showCommand(),
  },
  logs: {
    summary: 'what a run wrote',
    load: async () => (await import('./logs.ts')).logsCommand(),
  },
  cancel: {
    summary: 'end a run, or the runs of a job: SIGTERM, and SIGKILL after its grace',
    load: async () => (await import('./cancel.ts')).cancelCommand(),
  },
  retry: {
    summary: 'run the job of a run again, with the same parameters',
    load: async () => (await import('./retry.ts')).retryCommand(),
  },
  acknowledge: {
    summary: 'a failed job was seen to: it counts as failing no longer, until it fails again',
    load: async () => (await import('./acknowledge.ts')).acknowledgeCommand(),
  },
  enable: {
    summary: 'schedule a job again',
    load: async () => (await import('./switch-job.ts')).enableCommand(),
  },
  disable: {
    summary: 'take a job off the schedule; it can still be started by hand',
    load: async () => (await import('./switch-job.ts')).disableCommand(),
  },
  releases: {
    summary: 'the releases that are kept, the newest first',
    load: async () => (await import('./releases.ts')).releasesCommand(),
  },
  diff: {
    summary: 'what is different between two releases: jobs, packages, files, commits',
    load: async () => (await import('./diff.ts')).diffCommand(),
  },
  rollback: {
    summary: 'go back to an earlier release, until the next new revision',
    load: async () => (await import('./rollback.ts')).rollbackCommand(),
  },
  sync: {
    summary: 'look for a new commit now',
    load: async () => (await import('./sync.ts')).syncCommand(),
  },
  token: {
    summary: 'tokens for the API: create, list, revoke',
    load: async () => (await import('./token.ts')).tokenCommand(),
  },
  cleanup: {
    summary: 'delete what is older or more than is kept',
    load: async () => (await import('./cleanup.ts')).cleanupCommand(),
  },
  health: {
    summary: 'is the supervisor alive, on time, and has it something to run?',
    load: async () => (await import('./health.ts')).healthCommand(),
  },
};
