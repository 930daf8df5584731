import { basename } from 'node:path';
import type { CrontabWarning, CrontabWarningCode } from '../crontab/problem.ts';
import { SHELL_WORDS } from '../crontab/shell-words.ts';
import type { Job } from '../job.ts';
import { isCommand, placeOf, placeOutsideOf, type CommandPlaces } from './command-places.ts';
import { readSteps, type CommandStep } from './command-steps.ts';
import { exists, hasWindowsLines, isExecutable, judgeProgram } from './script-file.ts';
import { jobsWithUser, userColumnWarning } from './user-column.ts';

export type { CommandPlaces } from './command-places.ts';

type Told = Pick<CrontabWarning, 'code' | 'message' | 'hint'>;

/** Programs, scripts and directories that are not as the commands need them. */
export function commandWarnings(
  jobs: readonly Job[],
  file: string,
  places: CommandPlaces,
): CrontabWarning[] {
  const withUser = new Set(jobsWithUser(jobs, places));
  const ofJobs = jobs
    .filter((job) => !withUser.has(job))
    .flatMap((job) =>
      warningsOf(job, places).map((warning) => ({ ...warning, file, line: job.line })),
    );
  return [...userColumnWarning([...withUser], file), ...ofJobs];
}

/** Shells whose commands are read as sh reads them. */
const SHELLS: ReadonlySet<string> = new Set('sh dash bash ash ksh zsh busybox'.split(' '));

function warningsOf(job: Job, places: CommandPlaces): Told[] {
  const shell = job.environment['SHELL'] || '/bin/sh';
  if (
    shell.includes('/')
      ? !isExecutable(placeOf(shell, places.directory, places))
      : !isCommand(shell, job, places)
  ) {
    return [
      told('GITCRON_W_SHELL_MISSING', `${job.slug} needs the SHELL ${shell}, which is not here.`, {
        hint: 'Install it where Gitcron runs, or take SHELL= out of the crontab: then it is /bin/sh.',
      }),
    ];
  }
  if (!SHELLS.has(basename(shell))) return [];
  const { steps, changes } = readSteps(job.command);
  const gone = changes.find((directories) => !exists(directoryOf(directories, places)));
  if (gone !== undefined) {
    return [
      told(
        'GITCRON_W_DIRECTORY_MISSING',
        `${job.slug} changes to ${gone.at(-1)}, which is not there.`,
        {
          hint: 'Paths are relative to the root of the repository. A directory without files is not in Git.',
        },
      ),
    ];
  }
  return steps.flatMap((step) => warningsOfStep(step, job, places));
}

function directoryOf(directories: readonly string[], places: CommandPlaces): string {
  return directories.reduce((from, path) => placeOf(path, from, places), places.directory);
}

function warningsOfStep(step: CommandStep, job: Job, places: CommandPlaces): Told[] {
  const from = directoryOf(step.directories, places);
  const place = (path: string): string => placeOf(path, from, places);
  return [...programWarnings(step, job, places, place), ...scriptWarnings(step, job, place)];
}

function programWarnings(
  { program, pathKnown }: CommandStep,
  job: Job,
  places: CommandPlaces,
  place: (path: string) => string,
): Told[] {
  if (program === '' || SHELL_WORDS.has(program)) return [];
  if (program.includes('/')) return startWarnings(program, job.slug, place);
  if (!pathKnown || isCommand(program, job, places)) return [];
  const outside = placeOutsideOf(program, job, places);
  return [
    told(
      'GITCRON_W_COMMAND_NOT_FOUND',
      `${job.slug} runs ${program}, which is not a command here.`,
      {
        hint:
          outside === null
            ? 'It has to be on the PATH where Gitcron runs, or a dependency of the repository.'
            : `The PATH= of the crontab leaves out ${outside}, where it is.`,
      },
    ),
  ];
}

function startWarnings(program: string, slug: string, place: (path: string) => string): Told[] {
  const state = judgeProgram(place(program), place);
  switch (state.kind) {
    case 'fine':
      return [];
    case 'missing':
      return [missing(program, slug)];
    case 'directory':
      return [
        told('GITCRON_W_NOT_EXECUTABLE', `${slug} runs ${program}, which is a directory.`, {
          hint: 'Name the script in it; to change to it write cd and && in front.',
        }),
      ];
    case 'not_executable':
      return [
        told('GITCRON_W_NOT_EXECUTABLE', `${slug} runs ${program}, which may not be executed.`, {
          hint: `git add --chmod=+x ${program}, and commit; or name its interpreter: sh ${program}.`,
        }),
      ];
    case 'windows_lines':
      return [windowsLines(program, slug)];
    case 'byte_order_mark':
      return [
        told(
          'GITCRON_W_SCRIPT_TEXT',
          `${program} of ${slug} begins with a byte order mark (BOM), U+FEFF: its #! line is not seen.`,
          {
            hint: 'Save it as UTF-8 without BOM.',
          },
        ),
      ];
    case 'no_interpreter':
      return [
        told(
          'GITCRON_W_COMMAND_NOT_FOUND',
          `${program} of ${slug} wants ${state.interpreter} (#!), which is not here.`,
          {
            hint: 'Install it where Gitcron runs, or write #!/usr/bin/env and its name.',
          },
        ),
      ];
  }
  return state satisfies never;
}

const SCRIPT = /\.(?:[cm]?[jt]sx?|py|sh|bash|zsh|rb|pl|php|lua|r|jar|sql|exe)$/i;
/** To these a file is something to be made, or a text. */
const NO_READERS: ReadonlySet<string> = new Set(
  'echo printf tee touch rm mkdir mv cp ln curl wget pg_dump git chmod chown ls find grep tar zip pkill pgrep killall mail logger'.split(
    ' ',
  ),
);
/** Their files are another machine's, or another container's. */
const ELSEWHERE: ReadonlySet<string> = new Set(
  'ssh scp sftp rsync docker podman kubectl nsenter'.split(' '),
);

function scriptWarnings(
  { program, arguments: words }: CommandStep,
  { slug }: Job,
  place: (path: string) => string,
): Told[] {
  const name = basename(program);
  if (NO_READERS.has(name) || ELSEWHERE.has(name)) return [];
  // Behind these options stands code and no file; -e of a shell is none of them.
  const code = SHELLS.has(name) ? /^-\w*c$/ : /^-\w*[ce]$/;
  const scripts = words
    .filter((_, index) => !code.test(words[index - 1]?.text ?? ''))
    .filter(({ text, plain }) => plain && SCRIPT.test(text) && /^[^:=-][^:=]*$/.test(text))
    .map(({ text }) => text);
  return scripts.flatMap((script) => {
    if (!exists(place(script))) return [missing(script, slug)];
    const isForShell = SHELLS.has(basename(program)) || program === '.' || program === 'source';
    return isForShell && hasWindowsLines(place(script)) ? [windowsLines(script, slug)] : [];
  });
}

function missing(script: string, slug: string): Told {
  return told('GITCRON_W_SCRIPT_MISSING', `${slug} runs ${script}, which is not there.`, {
    hint: 'Paths are relative to the root of the repository. Is the file committed under this name?',
  });
}

function windowsLines(script: string, slug: string): Told {
  return told(
    'GITCRON_W_SCRIPT_TEXT',
    `${script} of ${slug} has the line ends of Windows (CRLF): it cannot be run so.`,
    {
      hint: `Write ${script} text eol=lf into .gitattributes, then git add --renormalize . and commit.`,
    },
  );
}

function told(code: CrontabWarningCode, message: string, { hint }: { hint: string }): Told {
  return { code, message, hint };
}
