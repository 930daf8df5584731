import { expectZone } from '../expression/zone.ts';
import type { Job, JobSettings, OverlapPolicy } from '../job.ts';
import { parseSchedule } from '../parse-schedule.ts';
import { ScheduleError, shifted } from '../schedule-error.ts';
import { decodeCrontab, expectPlainText } from './decode.ts';
import { fieldDoubts } from './field-doubts.ts';
import { judgeInvisible } from './invisible.ts';
import { splitJobLine } from './job-line.ts';
import { commandDoubts, variableDoubts, type Doubt } from './line-doubts.ts';
import { Findings, type CrontabProblem, type CrontabWarning } from './problem.ts';
import {
  DEFAULT_SETTINGS,
  isSetting,
  parseBlock,
  type Comment,
  type JobBlock,
} from './settings.ts';
import { assignSlugs, type Slug } from './slug.ts';
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

interface NamelessJob {
  /** What `@name` says. */
  readonly name: string | null;
  readonly job: Omit<Job, 'slug'>;
}

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
      this.#block.push({
        line: number,
        column: line.trimEnd().length - text.trimEnd().length + 1,
        text,
      });
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

  #readJob(line: string, number: number, block: JobBlock): NamelessJob {
    const { schedule: text, column, fields, command } = splitJobLine(line);
    const schedule = shifted(column, () => parseSchedule(text, block.zone ?? this.#zone));
    this.#doubt(number, [...fieldDoubts(fields), ...commandDoubts(command)]);
    const { name, description, settings } = block;
    const environment = this.#environment;
    const job = { description, schedule, command, environment, settings, line: number };
    return { name, job };
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

function nameJobs(jobs: readonly NamelessJob[], findings: Findings): Job[] {
  const slugs = assignSlugs(
    jobs.map(({ name, job }) => ({ name, command: job.command, schedule: job.schedule.source })),
  );
  warnOfShared(jobs, slugs, findings);
  const lines = new Map<string, number>();
  return jobs.map(({ job }, index) => {
    const { slug } = slugs[index] ?? { slug: '' };
    const earlier = lines.get(slug);
    if (earlier !== undefined) findings.add(job.line, slugTwice(slug, earlier));
    lines.set(slug, job.line);
    return { slug, ...job };
  });
}

/** One warning for all jobs that would have the same name. */
function warnOfShared(
  jobs: readonly NamelessJob[],
  slugs: readonly Slug[],
  findings: Findings,
): void {
  const named = jobs.map(({ job }, index) => ({ line: job.line, ...slugs[index] }));
  for (const [base, sharing] of Map.groupBy(named, ({ sharedBase }) => sharedBase)) {
    const [first, ...others] = sharing;
    if (typeof base !== 'string' || first === undefined) continue;
    const shown = sharing.slice(0, 5).map(({ line, slug }) => `${slug} in line ${line}`);
    const more = sharing.length > 5 ? ` and ${sharing.length - 5} more` : '';
    findings.warn(
      first.line,
      'GITCRON_W_SHARED_SLUG',
      others.length === 0
        ? `The name ${base} is taken by another job: this one is called ${first.slug}.`
        : `${sharing.length} jobs would be called ${base}: ${shown.join(', ')}${more}.`,
      'Give each a name of its own: # @name … directly above it.',
    );
  }
}

function slugTwice(slug: string, line: number): ScheduleError {
  return new ScheduleError(
    'GITCRON_E_CRONTAB_SLUG',
    `The name ${slug} is taken by the job in line ${line}.`,
    {
      column: 1,
      expected: 'a name of its own for every job',
      hint: 'Change # @name above one of them.',
    },
  );
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
