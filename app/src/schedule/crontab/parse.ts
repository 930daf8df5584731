import { canOnlyBeYear } from '../expression/parse.ts';
import { expectZone } from '../expression/zone.ts';
import type { Job } from '../job.ts';
import { parseSchedule } from '../parse-schedule.ts';
import { ScheduleError, shifted } from '../schedule-error.ts';
import { decodeCrontab, expectPlainText } from './decode.ts';
import { splitJobLine } from './job-line.ts';
import { Findings, type CrontabProblem, type CrontabWarning } from './problem.ts';
import { isSetting, parseBlock, type Comment, type JobBlock } from './settings.ts';
import { assignSlugs } from './slug.ts';
import { parseVariableLine, type Variable } from './variable-line.ts';

export interface CrontabOptions {
  /** The name that errors show. */
  readonly file: string;
  /** The zone of jobs that name none. */
  readonly defaultZone: string;
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
  const reader = new CrontabReader(options.defaultZone, findings);
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
  #zone: string;
  #environment: Readonly<Record<string, string>> = {};
  #block: Comment[] = [];

  constructor(defaultZone: string, findings: Findings) {
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
  }

  #readLine(line: string, number: number): void {
    expectPlainText(line);
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
    const block = parseBlock(this.#block, this.#findings);
    this.#block = [];
    this.jobs.push(this.#readJob(line, number, block));
  }

  #readJob(line: string, number: number, block: JobBlock): NamelessJob {
    const { schedule: text, column, fields, command } = splitJobLine(line);
    const schedule = shifted(column, () => parseSchedule(text, block.zone ?? this.#zone));
    this.#warnOfFields(number, fields);
    const { name, description, settings } = block;
    const environment = this.#environment;
    const job = { description, schedule, command, environment, settings, line: number };
    return { name, job };
  }

  #setVariable({ name, value }: Variable, line: string, number: number): void {
    if (name === 'CRON_TZ') {
      const column = line.indexOf('=') + 2;
      this.#zone = value === '' ? this.#defaultZone : shifted(column, () => expectZone(value));
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
    this.#environment = { ...this.#environment, [name]: value };
    if (Object.keys(this.#environment).length > MAX_VARIABLES) {
      throw new ScheduleError('GITCRON_E_CRONTAB_LIMIT', 'The crontab sets too many variables.', {
        column: 1,
        expected: `at most ${MAX_VARIABLES}`,
        hint: 'Put them into a file that the scripts read.',
      });
    }
  }

  #warnOfFields(line: number, fields: readonly string[]): void {
    const endsInYear = fields.length === 6 && canOnlyBeYear(fields[5]);
    if (endsInYear) {
      this.#findings.warn(
        line,
        'GITCRON_W_SIX_FIELDS',
        'Six fields: the sixth is read as a year, as supercronic does. cron knows no years.',
        'If seconds were meant, write seven fields: seconds first, year last.',
      );
    } else if (fields.length === 6) {
      this.#findings.warn(
        line,
        'GITCRON_W_SIX_FIELDS',
        'Six fields: the first is read as seconds. supercronic takes the sixth for a year.',
        'Write seven fields (seconds first, year last) to be understood by both.',
      );
    }
    const days = fields.length < 6 || endsInYear ? fields.slice(2) : fields.slice(3);
    const [dayOfMonth = '*', , dayOfWeek = '*'] = days;
    const restricted = [dayOfMonth, dayOfWeek].every((field) => !/^[*?]$/.test(field));
    if (restricted && [dayOfMonth, dayOfWeek].some((field) => field.startsWith('*'))) {
      this.#findings.warn(
        line,
        'GITCRON_W_STARRED_STEP',
        'A starred step beside another restricted day field: the job runs when either matches, while cron asks for both.',
        'Leave one of the two day fields as *.',
      );
    }
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
  const lines = new Map<string, number>();
  return jobs.map(({ job }, index) => {
    const { slug, shared } = slugs[index] ?? { slug: '', shared: false };
    const earlier = lines.get(slug);
    if (earlier !== undefined) findings.add(job.line, slugTwice(slug, earlier));
    lines.set(slug, job.line);
    if (shared) {
      findings.warn(
        job.line,
        'GITCRON_W_SHARED_SLUG',
        `Several jobs run the same script: this one is called ${slug}.`,
        'Give each a name of its own: # @name … directly above it.',
      );
    }
    return { slug, ...job };
  });
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
