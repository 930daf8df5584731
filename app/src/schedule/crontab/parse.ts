import { expectZone } from '../expression/zone.ts';
import type { Job, JobSettings, OverlapPolicy } from '../job.ts';
import { parseSchedule } from '../parse-schedule.ts';
import { ScheduleError, shifted } from '../schedule-error.ts';
import { decodeCrontab, expectPlainText } from './decode.ts';
import { fieldDoubts } from './field-doubts.ts';
import { judgeInvisible } from './invisible.ts';
import { splitJobLine } from './job-line.ts';
import { commandDoubts, variableDoubts, type Doubt } from './line-doubts.ts';
import { nameJobs, type NamelessJob } from './name-jobs.ts';
import { checkFollowing } from './check-following.ts';
import { neverGiven } from './param-line.ts';
import { Findings, type CrontabProblem, type CrontabWarning } from './problem.ts';
import {
  DEFAULT_SETTINGS,
  isSetting,
  parseBlock,
  sectionOf,
  type Comment,
  type JobBlock,
} from './settings.ts';
import { parseVariableLine, type Variable } from './variable-line.ts';

export interface CrontabOptions {
  /** The name that errors show. */
  readonly file: string;
  /** The zone of jobs that name none. */
  readonly defaultZone: string;
  /** Of jobs without `@overlap`; `skip` where it is left out. */
  readonly overlap?: OverlapPolicy;
}

export interface Crontab {
  /** The jobs of all lines that are right; not to be put in force while there are problems. */
  readonly jobs: readonly Job[];
  readonly problems: readonly CrontabProblem[];
  readonly warnings: readonly CrontabWarning[];
}

const MAX_JOBS = 20_000;
const MAX_VARIABLES = 200;

/**
 * Reads a crontab: cron's and supercronic's grammar, with `@` settings in the comments above a job.
 * Takes any bytes and never throws for what is in them; bounded in time by the size that it accepts.
 */
export function parseCrontab(bytes: Uint8Array | string, options: CrontabOptions): Crontab {
  const findings = new Findings(options.file);
  const reader = new CrontabReader(options, findings);
  try {
    reader.readAll(decodeCrontab(bytes));
  } catch (error) {
    if (!(error instanceof ScheduleError)) throw error;
    findings.add(1, error);
  }
  const jobs = nameJobs(reader.jobs, findings);
  checkFollowing(jobs, findings);
  return { jobs, ...findings.inOrder() };
}

/** Goes through the lines with what those above say of those below. */
class CrontabReader {
  readonly jobs: NamelessJob[] = [];
  readonly #findings: Findings;
  readonly #defaultZone: string;
  readonly #defaults: JobSettings;
  #zone: string;
  #environment: Readonly<Record<string, string>> = {};
  #section: string | null = null;
  #block: Comment[] = [];
  readonly #belowJobs: { readonly name: string; readonly line: number }[] = [];

  constructor({ defaultZone, overlap }: CrontabOptions, findings: Findings) {
    this.#defaults = { ...DEFAULT_SETTINGS, ...(overlap && { overlap }) };
    this.#defaultZone = expectZone(defaultZone);
    this.#zone = this.#defaultZone;
    this.#findings = findings;
  }

  readAll(text: string): void {
    let number = 0;
    for (const line of text.split(/\r?\n/)) {
      number += 1;
      if (this.#findings.full || this.jobs.length > MAX_JOBS) {
        this.#findings.add(number, tooMuch(this.jobs.length));
        return;
      }
      try {
        this.#readLine(line, number);
      } catch (error) {
        if (!(error instanceof ScheduleError)) throw error;
        this.#findings.add(number, error);
      }
    }
    this.#endBlock();
    this.#warnOfVariablesBelow();
  }

  #readLine(line: string, number: number): void {
    expectPlainText(line);
    const invisible = judgeInvisible(line);
    if (invisible !== null) {
      this.#findings.warn(
        number,
        'GITCRON_W_INVISIBLE',
        invisible,
        'Type it anew, or take it out.',
      );
    }
    const content = line.trimStart();
    if (content.startsWith('#')) {
      const text = content.slice(1).trimStart();
      const column = line.trimEnd().length - text.trimEnd().length + 1;
      this.#comment({ line: number, column, text });
      return;
    }
    if (content === '') return this.#endBlock();
    const variable = parseVariableLine(line);
    if (variable !== null) {
      this.#endBlock();
      return this.#setVariable(variable, line, number);
    }
    const block = parseBlock(this.#block, this.#defaults, this.#findings);
    this.#block = [];
    this.jobs.push(this.#readJob(line, number, block));
  }

  /** Kept until it is known whether it stands above a job; a section needs none. */
  #comment(comment: Comment): void {
    const section = sectionOf(comment);
    if (section === null) this.#block.push(comment);
    else this.#section = section;
  }

  #readJob(line: string, number: number, block: JobBlock): NamelessJob {
    const { schedule: text, column, fields, command } = splitJobLine(line);
    const schedule = shifted(column, () => parseSchedule(text, block.zone ?? this.#zone));
    this.#doubt(number, [...fieldDoubts(fields), ...commandDoubts(command)]);
    const { name, title, description, settings, params } = block;
    const environment = this.#environment;
    const section = this.#section;
    if (schedule.kind !== 'manual') this.#expectDefaults(block);
    const texts = { section, description };
    const job = { ...texts, schedule, command, environment, settings, params, line: number };
    return { name, title, job };
  }

  #expectDefaults({ params, paramPlaces }: JobBlock): void {
    for (const [index, { line, column }] of paramPlaces.entries()) {
      const param = params[index];
      if (param?.given.kind === 'required') this.#findings.add(line, neverGiven(param, column));
    }
  }

  #setVariable({ name, value }: Variable, line: string, number: number): void {
    if (name === 'CRON_TZ') {
      const column = line.indexOf('=') + 2;
      // cron and libc take an empty zone for UTC.
      this.#zone = value === '' ? 'UTC' : shifted(column, () => expectZone(value));
      return;
    }
    if (name === 'TZ') {
      this.#findings.warn(
        number,
        'GITCRON_W_TZ_LINE',
        'TZ= sets the zone that the commands below see, not the zone of their schedules.',
        'For the schedules write CRON_TZ= or, for one job, # @tz.',
      );
    }
    const written = line.slice(line.indexOf('=') + 1).trim();
    this.#doubt(number, variableDoubts({ name, value }, written));
    if (this.jobs.length > 0 && !Object.hasOwn(this.#environment, name)) {
      this.#belowJobs.push({ name, line: number });
    }
    this.#environment = { ...this.#environment, [name]: value };
    if (Object.keys(this.#environment).length > MAX_VARIABLES) {
      throw new ScheduleError('GITCRON_E_CRONTAB_LIMIT', 'The crontab sets too many variables.', {
        column: 1,
        expected: `at most ${MAX_VARIABLES}`,
        hint: 'Put them into a file that the scripts read.',
      });
    }
  }

  #doubt(line: number, doubts: readonly Doubt[]): void {
    for (const { code, message, hint } of doubts) this.#findings.warn(line, code, message, hint);
  }

  #warnOfVariablesBelow(): void {
    const [first] = this.#belowJobs;
    if (first === undefined) return;
    const names = this.#belowJobs.map(({ name }) => name).join(', ');
    this.#findings.warn(
      first.line,
      'GITCRON_W_VARIABLE_BELOW',
      `Only the jobs below see it, as in cron: ${names}. In supercronic all jobs of the file would.`,
      'If the jobs above need it, too, move it to the top.',
    );
  }

  /** A comment block that no job follows is a comment and nothing else. */
  #endBlock(): void {
    const stray = this.#block.find(isSetting);
    this.#block = [];
    if (stray === undefined) return;
    this.#findings.warn(
      stray.line,
      'GITCRON_W_STRAY_SETTING',
      'This setting belongs to no job: no job stands directly below it.',
      'Move it directly above its job, without an empty line or a variable between them.',
    );
  }
}

function tooMuch(jobs: number): ScheduleError {
  const many = jobs > MAX_JOBS;
  return new ScheduleError(
    'GITCRON_E_CRONTAB_LIMIT',
    many ? 'The crontab has too many jobs.' : 'Too many mistakes: the rest was not read.',
    {
      column: 1,
      expected: many ? `at most ${MAX_JOBS} jobs` : 'a crontab',
      hint: many
        ? 'Let one job do the work of several.'
        : 'Is this the right file? CRON_FILE names the crontab.',
    },
  );
}
