import { judgeInvisible } from '../crontab/invisible.ts';
import { parseCrontab } from '../crontab/parse.ts';
import { ScheduleError } from '../schedule-error.ts';
import { importJob, type ImportedJob, type Origin } from './job-line.ts';
import { importVariable } from './variable-decisions.ts';

/** A crontab of ours, made of somebody else's. */
export interface Imported {
  readonly text: string;
  readonly jobs: number;
  /** Lines that begin with `MARK`. */
  readonly decisions: number;
}

/** What a person has to decide stands behind it. */
export const MARK = '# DECIDE:';

export interface ImportOptions {
  readonly origin: Origin;
  /** As people know it: a path, or standard input. */
  readonly name: string;
  /** In which the schedules were meant. */
  readonly zone: string;
}

/**
 * Makes a crontab for Gitcron of one for cron or supercronic. What means the same here is taken as
 * it is; what does not stands below a comment that says what to decide; a line that cannot be read
 * becomes a comment.
 */
export function importCrontab(source: string, options: ImportOptions): Imported {
  const { origin, name, zone } = options;
  const out = new ImportedLines();
  out.write(`# From ${name}.`);
  out.decide(
    `the schedules were meant in the time zone ${zone}. Gitcron takes TZ of its settings; to be sure, take the # out of the next line.`,
  );
  out.write(`# CRON_TZ=${zone}`, '');
  const lines = source.split(/\r\n?|\n/).map(asText);
  const users = usersOf(lines, origin);
  const [onlyUser, ...more] = users;
  if (onlyUser !== undefined && more.length === 0) {
    out.decide(
      `cron ran all of them as ${onlyUser}. Gitcron runs every job as one user without more rights.`,
    );
    out.write('');
  }
  // supercronic gives every job all variables, wherever they stand.
  if (origin === 'supercronic') lines.forEach((line) => writeVariable(out, line));
  let comments: string[] = [];
  const endBlock = (): void => {
    out.write(...comments);
    comments = [];
  };
  for (const line of lines) {
    const content = line.trim();
    if (content.startsWith('#')) {
      comments.push(asPlainComment(content));
    } else if (content === '') {
      endBlock();
      out.write('');
    } else if (importVariable(line) !== null) {
      endBlock();
      if (origin !== 'supercronic') writeVariable(out, line);
    } else {
      writeJob(out, line, comments, { origin, tellsUser: more.length > 0 });
      comments = [];
    }
  }
  endBlock();
  return out.finished();
}

function writeVariable(out: ImportedLines, line: string): void {
  const variable = importVariable(line.trim().startsWith('#') ? '' : line);
  if (variable === null) return;
  if (variable.decision !== null) out.decide(variable.decision);
  if (variable.line !== null) out.write(variable.line);
}

function writeJob(
  out: ImportedLines,
  line: string,
  comments: readonly string[],
  { origin, tellsUser }: { readonly origin: Origin; readonly tellsUser: boolean },
): void {
  const job = readJob(line, origin);
  if (job instanceof ScheduleError) {
    out.decide(`this line cannot be taken over. ${job.message} ${job.hint}`);
    out.write(...comments, asPlainComment(`# ${line.trim()}`));
    return;
  }
  const decisions =
    tellsUser && job.user !== null
      ? [`cron ran it as ${job.user}; here it runs as the one user of all jobs.`, ...job.decisions]
      : job.decisions;
  for (const decision of decisions) out.decide(decision);
  // An empty line between them: what is above a job without one is its description.
  if (decisions.length > 0) out.write('');
  out.write(...comments);
  out.write(job.line);
}

function readJob(line: string, origin: Origin): ImportedJob | ScheduleError {
  try {
    // At both ends white space of any kind does no harm: it is left out.
    judgeInvisible(line.trim());
    return importJob(line, origin);
  } catch (error) {
    if (error instanceof ScheduleError) return error;
    throw error;
  }
}

function usersOf(lines: readonly string[], origin: Origin): Set<string> {
  const users = new Set<string>();
  if (origin !== 'system') return users;
  for (const line of lines) {
    const content = line.trim();
    if (content === '' || content.startsWith('#') || importVariable(line) !== null) continue;
    const job = readJob(line, origin);
    if (!(job instanceof ScheduleError) && job.user !== null) users.add(job.user);
  }
  return users;
}

/** Without what no text file holds and no reader of ours takes. */
function asText(line: string): string {
  return line.toWellFormed().replaceAll(/[^\P{Cc}\t]/gu, '');
}

/** A comment of somebody who did not know our settings must not be taken for one. */
function asPlainComment(comment: string): string {
  return comment.replace(/^#\s*@(?=[A-Za-z-])/, '# - @');
}

/** What was written so far. */
class ImportedLines {
  readonly #lines: string[] = [];

  write(...lines: readonly string[]): void {
    this.#lines.push(...lines);
  }

  decide(sentence: string): void {
    const last = this.#lines.at(-1) ?? '';
    if (last !== '' && !last.startsWith('#')) this.write('');
    this.write(`${MARK} ${sentence}`);
  }

  finished(): Imported {
    const { lines, jobs } = withoutProblems(this.#lines);
    const text = `${lines
      .join('\n')
      .replaceAll(/\n{3,}/g, '\n\n')
      .trimEnd()}\n`;
    const decisions = lines.filter((line) => line.startsWith(MARK)).length;
    return { text, jobs, decisions };
  }
}

/**
 * Our own reader has the last word: what it refuses becomes a comment with its reason. A file that
 * is too large as a whole is not mended by that: it stays, for `gitcron check` to say so.
 */
function withoutProblems(
  lines: readonly string[],
  tries = 3,
): { lines: readonly string[]; jobs: number } {
  const options = { file: 'crontab.txt', defaultZone: 'UTC' };
  const { jobs, problems } = parseCrontab(lines.join('\n'), options);
  if (problems.length === 0 || tries === 0) return { lines, jobs: jobs.length };
  const reasons = new Map(problems.map((problem) => [problem.line - 1, problem]));
  return withoutProblems(
    lines.flatMap((line, index) => {
      const reason = reasons.get(index);
      if (reason === undefined) return [line];
      return [
        `${MARK} this line cannot be taken over. ${reason.message} ${reason.hint}`,
        asPlainComment(`# ${line}`),
      ];
    }),
    tries - 1,
  );
}
