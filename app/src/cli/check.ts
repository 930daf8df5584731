import { existsSync } from 'node:fs';
import { readFile, realpath, stat } from 'node:fs/promises';
import { dirname, join, normalize, relative, resolve, sep } from 'node:path';
import { Command } from 'commander';
import { systemClock } from '@gitcron/base/clock';
import { readSettings, type Settings } from '../config/settings.ts';
import { CodedError } from '@gitcron/base/coded-error';
import { readRegularFile } from '@gitcron/base/regular-file';
import { EXIT_DATA } from '@gitcron/base/exit-status';
import { dependencyFiles } from '../release/dependencies/detect.ts';
import { commandWarnings } from '../schedule/check/command-warnings.ts';
import { compareCrontabs } from '../schedule/check/compare-crontabs.ts';
import { renamingWarnings } from '../schedule/check/renamed-jobs.ts';
import { scheduleWarnings } from '../schedule/check/schedule-warnings.ts';
import { parseCrontab } from '../schedule/crontab/parse.ts';
import type { Job } from '../schedule/job.ts';
import { checkDependencies } from './check-dependencies.ts';
import { startProblems } from './check-starts.ts';
import { printReport, type CheckResult, type Comparison } from './check-report.ts';
import { commitOf, fileAt } from './file-at-commit.ts';

/** A crontab, and the scripts repository or directory that its commands run in. */
interface Subject {
  readonly directory: string;
  /** Relative to the directory. */
  readonly cronFile: string;
  /** The crontab, as it is named to whoever asks. */
  readonly shownAs: string;
  /** Null for a plain crontab file. */
  readonly packageFile: string | null;
}

export function checkCommand(): Command {
  return new Command('check')
    .description(
      'Checks a scripts repository (a directory; by default this one) or a plain crontab file: all mistakes with their lines, what is doubtful, and each job in words with its next three slots.',
    )
    .argument('[path]', 'a directory or a crontab file', '.')
    .option('--against <ref>', 'also tell what changes since a Git commit, branch or tag')
    .option('--json', 'for programs: one object')
    .addHelpText(
      'after',
      `
CRON_FILE (app/crontab.txt), PACKAGE_FILE (package.json) and TZ are read from the environment.
Exit status: 0 without errors, 65 with errors. Warnings do not change it.

Examples:
  gitcron check
  gitcron check crontab.txt
  gitcron check --against origin/main     what will this pull request change?`,
    )
    .action(async (path: string, options: { against?: string; json?: true }) => {
      const settings = readSettings(process.env);
      const { CRON_FILE, PACKAGE_FILE, TZ } = settings;
      const subject = await subjectOf(path, CRON_FILE, PACKAGE_FILE);
      const result = await check(subject, settings, options.against ?? null);
      const isInstallable = (result.dependencies?.error ?? null) === null;
      if (result.errors.length > 0 || !isInstallable) process.exitCode = EXIT_DATA;
      printReport(result, { json: options.json === true, now: systemClock.now(), zone: TZ });
    });
}

async function subjectOf(path: string, cronFile: string, packageFile: string): Promise<Subject> {
  try {
    if ((await stat(path)).isDirectory()) {
      const directory = await codeIn(resolve(path), cronFile);
      return { directory, cronFile, shownAs: cronFile, packageFile };
    }
  } catch (error) {
    throw unreadable(path, error);
  }
  const file = resolve(path);
  const end = sep + normalize(cronFile);
  if (file.endsWith(end)) {
    return { directory: file.slice(0, -end.length) || sep, cronFile, shownAs: path, packageFile };
  }
  const directory = workTreeElsewhere(file, process.cwd()) ?? process.cwd();
  return { directory, cronFile: relative(directory, file), shownAs: path, packageFile: null };
}

/**
 * The root of the work tree in which a file lies, where one asks from outside of it: there its commands
 * will run. Null: where one asks from, as `gitcron cron` does.
 */
function workTreeElsewhere(file: string, from: string): string | null {
  for (let place = dirname(file); place !== dirname(place); place = dirname(place)) {
    if (!existsSync(join(place, '.git'))) continue;
    return from === place || from.startsWith(place + sep) ? null : place;
  }
  return null;
}

/** The directory itself or, where the current release or revision is a link in it, what that shows. */
async function codeIn(directory: string, cronFile: string): Promise<string> {
  const current = join(directory, 'current');
  const isVolume = !existsSync(join(directory, cronFile)) && existsSync(join(current, cronFile));
  return isVolume ? realpath(current) : directory;
}

async function check(
  subject: Subject,
  settings: Settings,
  ref: string | null,
): Promise<CheckResult> {
  const { directory, shownAs } = subject;
  const { TZ: zone } = settings;
  const options = { file: shownAs, defaultZone: zone };
  const bytes = await readOrExplain(subject);
  const { jobs, problems, warnings } = parseCrontab(bytes, options);
  const isRepository = subject.packageFile !== null;
  const places = { directory, path: process.env['PATH'] ?? '', isRepository, settings };
  const against =
    ref === null ? null : await compare(subject, problems.length === 0 ? jobs : null, zone, ref);
  const doubts = [
    ...warnings,
    ...renamingWarnings(against?.difference?.renamed ?? [], shownAs),
    ...scheduleWarnings(jobs, shownAs, systemClock.now()),
    ...commandWarnings(jobs, shownAs, places),
  ];
  return {
    file: shownAs,
    errors: [...problems, ...startProblems(jobs, shownAs, places)],
    warnings: doubts.toSorted((a, b) => a.line - b.line),
    jobs,
    dependencies:
      subject.packageFile === null ? null : await checkDependencies(directory, subject.packageFile),
    against,
  };
}

/** @param jobs null when not every job could be read: what is missing is not removed. */
async function compare(
  { directory, cronFile, packageFile }: Subject,
  jobs: readonly Job[] | null,
  zone: string,
  ref: string,
): Promise<Comparison> {
  const commit = await commitOf(directory, ref);
  const before = await fileAt(directory, commit, cronFile);
  const { jobs: jobsBefore, problems } =
    before === null
      ? { jobs: [], problems: [] }
      : parseCrontab(before, { file: `${ref}:${cronFile}`, defaultZone: zone });
  const isComparable = jobs !== null && problems.length === 0;
  return {
    ref,
    difference: isComparable ? compareCrontabs(jobsBefore, jobs) : null,
    dependenciesChange:
      packageFile === null ? null : await dependenciesDiffer(directory, commit, packageFile),
  };
}

async function dependenciesDiffer(
  directory: string,
  commit: string,
  packageFile: string,
): Promise<boolean> {
  for (const path of dependencyFiles(packageFile)) {
    const before = await fileAt(directory, commit, path);
    const after = await readIfThere(join(directory, path));
    if (before === null || after === null ? before !== after : !before.equals(after)) return true;
  }
  return false;
}

async function readIfThere(path: string): Promise<Buffer | null> {
  try {
    return await readRegularFile(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw unreadable(path, error);
  }
}

/** Who names a file may mean a pipe: `gitcron check <(git show main:crontab.txt)`. */
async function readOrExplain({ directory, cronFile, packageFile }: Subject): Promise<Buffer> {
  const path = resolve(directory, cronFile);
  try {
    return await (packageFile === null ? readFile(path) : readRegularFile(path));
  } catch (error) {
    throw unreadable(path, error);
  }
}

function unreadable(path: string, cause: unknown): CodedError {
  return new CodedError('GITCRON_E_CRONTAB_UNREADABLE', `Cannot read ${path}.`, {
    place: path,
    hint: 'Give the root of a scripts repository or a crontab file; CRON_FILE says where in a repository the crontab is.',
    cause,
  });
}
