import { constants } from 'node:os';
import { Command } from 'commander';
import { CodedError, describeError } from '@gitcron/base/coded-error';
import {
  EXIT_CONFIG,
  EXIT_DATA,
  EXIT_IO,
  EXIT_NOT_FOUND,
  EXIT_SOFTWARE,
  EXIT_UNAVAILABLE,
  EXIT_USAGE,
} from '@gitcron/base/exit-status';
import { RefusedError } from './client/refused-error.ts';
import { COMMANDS } from './commands.ts';
import { withLongFlags } from './supercronic-flags.ts';

const EXAMPLES = `
Examples:
  npm start                              the demo, with a database, on this machine
  npm start -- --repo git@host:team/scripts.git
  gitcron check                          is this repository's crontab right, and when does it run?
  gitcron next '0 2 * * 1-5' --tz Europe/Amsterdam
  gitcron cron crontab.txt               run a plain crontab, without git or a database
  gitcron rollback                       go back to the release before this one
  gitcron run report --follow            start a job now and see what it writes
  gitcron logs report                    what its last run wrote
  source <(gitcron completion bash)      names of commands and jobs at TAB; also zsh and fish

Commands that ask a supervisor find the one of this machine by STATE_DIR (or .gitcron/ here or
further up), and need no token. One elsewhere is reached with GITCRON_URL and GITCRON_TOKEN.

Exit status: 0 fine, 1 not well or the run did not succeed, 64 wrong usage, 65 wrong input,
66 no such job, run, release, token, file or commit, 69 not available, 70 a fault of Gitcron's own,
74 the output cannot be written, 75 not now (try again), 77 not allowed, 78 wrong settings. Settings are
read from the environment; each one is explained in .env.example.`;

const ASKS_VERSION: ReadonlySet<string> = new Set(['-V', '--version']);

/** The program with all of the command that is needed; of the others it knows what `--help` lists. */
async function createProgram(argv: readonly string[]): Promise<Command> {
  const program = new Command('gitcron')
    .description('Runs the scheduled scripts of a Git repository: push a commit, and it runs.')
    // Read only when it is asked for: a health check every few seconds must cost little.
    .version(
      argv.some((word) => ASKS_VERSION.has(word)) ? (await import('../version.ts')).VERSION : '',
    )
    .addHelpText('after', EXAMPLES)
    .showHelpAfterError('(gitcron --help shows the commands)')
    .exitOverride();
  const needed = nameOfNeeded(argv);
  for (const [name, { summary, load }] of Object.entries(COMMANDS)) {
    const command = name === needed ? await load() : new Command(name);
    program.addCommand(command.summary(summary));
    for (const one of [command, ...command.commands]) {
      one.exitOverride().showHelpAfterError(`(see ${pathOf(one)} --help)`);
    }
  }
  const completion = 'what bash, zsh or fish has to read to complete commands at TAB';
  if (needed === 'completion' || argv[2] === 'complete') {
    await (await import('./completion.ts')).addCompletion(program, argv);
  } else {
    program.addCommand(new Command('completion').summary(completion));
  }
  return program;
}

/** The command that is run, whose help is asked for, or whose words are completed. */
function nameOfNeeded(argv: readonly string[]): string | undefined {
  const [, , asked, ...words] = argv;
  if (asked === 'complete') return words[words.indexOf('--') + 1];
  return argv.slice(2).find((word) => word !== 'help' && !word.startsWith('-'));
}

function pathOf(command: Command): string {
  const name = command.name();
  return command.parent === null ? name : `${pathOf(command.parent)} ${name}`;
}

const LIVING_ON: ReadonlySet<string> = new Set(['up', 'supervise', 'cron']);

/** Runs the command of `argv` and sets the exit status. */
export async function main(argv: readonly string[]): Promise<void> {
  // `gitcron runs | head`: whoever read has enough, as SIGPIPE would say. Those that live on have a
  // writer of their own, and looking at process.stdout would change how their pipe blocks.
  if (!LIVING_ON.has(argv[2] ?? ''))
    process.stdout.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(128 + constants.signals.SIGPIPE);
      process.stderr.write(`${describeError(notWritten(error))}\n`);
      process.exit(EXIT_IO);
    });
  try {
    const program = await createProgram(argv);
    await program.parseAsync(argv[2] === 'cron' ? withLongFlags(argv) : argv);
  } catch (error) {
    process.exitCode = report(error);
  }
}

/** What was given is wrong, or how it was given; every other coded error is something not available. */
const EXIT_STATUS: Readonly<Record<string, number>> = {
  GITCRON_E_SETTINGS: EXIT_CONFIG,
  GITCRON_E_CRONTAB: EXIT_DATA,
  GITCRON_E_CRONTAB_NOT_TEXT: EXIT_DATA,
  GITCRON_E_NO_RELEASE: EXIT_NOT_FOUND,
  GITCRON_E_NO_RUN: EXIT_NOT_FOUND,
  GITCRON_E_CRONTAB_UNREADABLE: EXIT_NOT_FOUND,
  GITCRON_E_CRONTAB_FILE: EXIT_NOT_FOUND,
  GITCRON_E_REF: EXIT_NOT_FOUND,
  GITCRON_E_TWO_SOURCES: EXIT_USAGE,
  GITCRON_E_BRANCH_OF_NOTHING: EXIT_USAGE,
};

function report(error: unknown): number {
  // Commander has printed its own message; help and version are no errors.
  if (isCommanderError(error)) return error.exitCode === 0 ? 0 : EXIT_USAGE;
  process.stderr.write(`${describeError(error)}\n`);
  if (error instanceof RefusedError) return error.exitStatus;
  if (error instanceof CodedError) return EXIT_STATUS[error.code] ?? EXIT_UNAVAILABLE;
  return EXIT_SOFTWARE;
}

function notWritten(cause: Error): CodedError {
  return new CodedError('GITCRON_E_OUTPUT', 'What there is to show cannot be written.', {
    hint: 'Is the disk full that it goes to? What was asked for may have been done all the same.',
    cause,
  });
}

function isCommanderError(error: unknown): error is Error & { exitCode: number } {
  return (
    error instanceof Error &&
    'code' in error &&
    String(error.code).startsWith('commander.') &&
    'exitCode' in error
  );
}
