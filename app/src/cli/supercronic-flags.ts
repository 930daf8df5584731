import { Option, type Command } from 'commander';

/** What supercronic does and Gitcron always does, or has no need to. */
const NEEDLESS = ['inotify', 'no-reap', 'split-logs'] as const;

/** Flags whose work is done elsewhere here, and where. */
const REFUSED: ReadonlyMap<string, string> = new Map([
  [
    'prometheus-listen-address',
    'gitcron cron serves no metrics: gitcron supervise does, at /metrics. Leave the flag out.',
  ],
  ...['sentry-dsn', 'sentryDsn', 'sentry-environment', 'sentry-release', 'sentry-timeout'].map(
    (name): [string, string] => [
      name,
      'Gitcron sends nothing to Sentry: a failed run is an error in the log, with its exit code (--json for programs). Leave the flag out.',
    ],
  ),
]);

const TAKEN = ['json', 'test', 'debug', 'quiet', 'passthrough-logs', 'overlapping'];
const KNOWN: ReadonlySet<string> = new Set([...TAKEN, ...NEEDLESS, ...REFUSED.keys()]);

/** Go's flags have one dash or two, and switches may be given as `-json=true`. */
export function withLongFlags(argv: readonly string[]): string[] {
  return argv.flatMap((word) => {
    const [, name = '', value] = /^--?([A-Za-z][A-Za-z-]+)(?:=(.*))?$/s.exec(word) ?? [];
    if (!KNOWN.has(name)) return [word];
    if (REFUSED.has(name)) return value === undefined ? [`--${name}`] : [`--${name}=${value}`];
    if (value === undefined || /^(?:1|t|true)$/i.test(value)) return [`--${name}`];
    return /^(?:0|f|false)$/i.test(value) ? [] : [word];
  });
}

/** Lets a command take supercronic's flags: those that change nothing, and those that are refused. */
export function takeSupercronicFlags(command: Command): Command {
  for (const name of NEEDLESS) command.addOption(new Option(`--${name}`).hideHelp());
  for (const [name, hint] of REFUSED) {
    command.addOption(new Option(`--${name} [value]`).hideHelp());
    command.on(`option:${name}`, () => command.error(`error: --${name} is not taken. ${hint}`));
  }
  return command;
}
