import type { JobParam } from '../job.ts';
import { ScheduleError } from '../schedule-error.ts';

/** `wait` is a word of the URL that starts a job. */
const TAKEN: ReadonlySet<string> = new Set(['wait']);

const NAME = /^[A-Za-z][\w.-]{0,63}$/;

/** A name, `?` or a default, with quotes if you like, and a description behind it. */
const PARAM = /^([^\s=?]+)(?:(\?)|=("[^"]*"|'[^']*'|[^\s"']*))?(?:[ \t]+(.*))?$/s;

/**
 * What stands behind `@param`: `month`, `month?` or `month=2026-10`, and a description.
 * @throws ScheduleError
 */
export function parseParam(text: string): JobParam {
  const [, name, optional, value, description = ''] = PARAM.exec(text) ?? [];
  if (name === undefined) {
    throw refusal(
      text === '' ? 'The parameter is missing.' : `"${text.slice(0, 40)}" is no parameter.`,
      'Write for example @param month=2026-10 Which month to report. Put a default with spaces into quotes.',
    );
  }
  if (!NAME.test(name) || TAKEN.has(name)) {
    throw refusal(
      TAKEN.has(name)
        ? `${name} cannot be the name of a parameter: the URL that starts a job has it already.`
        : `"${name.slice(0, 40)}" cannot be the name of a parameter.`,
      'Names have up to 64 letters, digits, _, . and -, and begin with a letter.',
    );
  }
  return { name, description, given: givenAs(optional, value) };
}

function givenAs(optional: string | undefined, value: string | undefined): JobParam['given'] {
  if (optional !== undefined) return { kind: 'optional' };
  if (value === undefined) return { kind: 'required' };
  return { kind: 'default', value: /^["']/.test(value) ? value.slice(1, -1) : value };
}

function refusal(message: string, hint: string): ScheduleError {
  return new ScheduleError('GITCRON_E_CRONTAB_PARAM', message, {
    column: 1,
    expected: 'NAME, NAME? or NAME=default, with a description behind it if you like',
    hint,
  });
}

/** One that must be given, of a job whose schedule gives nothing. */
export function neverGiven({ name }: JobParam, column: number): ScheduleError {
  return new ScheduleError(
    'GITCRON_E_CRONTAB_PARAM',
    `The runs that the schedule starts would have no ${name}, and it is required.`,
    {
      column,
      expected: 'a default, or ? behind the name',
      hint: `Write @param ${name}=VALUE or @param ${name}?, or @manual in the place of the schedule.`,
    },
  );
}
