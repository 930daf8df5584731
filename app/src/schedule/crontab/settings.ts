import { parseDuration } from '../duration.ts';
import { expectZone } from '../expression/zone.ts';
import type { CatchUp, JobParam, JobSettings } from '../job.ts';
import { nearestWord } from '../nearest-word.ts';
import { isFollowing, isShortcut } from '../parse-schedule.ts';
import { ScheduleError, shifted } from '../schedule-error.ts';
import { parseParam } from './param-line.ts';
import type { Findings } from './problem.ts';
import { expectSlug } from '../expect-slug.ts';

export const DEFAULT_SETTINGS: JobSettings = {
  timeoutMs: null,
  graceMs: 10_000,
  retries: 0,
  retryDelayMs: 10_000,
  overlap: 'skip',
  catchUp: { kind: 'none' },
  jitterMs: 0,
  notify: 'failure',
  lock: null,
  disabled: false,
};

/** A comment line, without its `#`. */
export interface Comment {
  readonly line: number;
  /** Where the text begins, counted from 1. */
  readonly column: number;
  readonly text: string;
}

/** What the comment block above a job says. */
export interface JobBlock {
  readonly name: string | null;
  readonly title: string | null;
  readonly zone: string | null;
  readonly description: string;
  readonly settings: JobSettings;
  readonly params: readonly JobParam[];
  /** Where each of them stands. */
  readonly paramPlaces: readonly Pick<Comment, 'line' | 'column'>[];
}

type Draft = { -readonly [Key in keyof JobSettings]: JobSettings[Key] } & {
  name: string | null;
  title: string | null;
  zone: string | null;
  params: JobParam[];
};

/** Reads the value into the draft, or throws a ScheduleError with the column in the value. */
type Reader = (draft: Draft, value: string) => void;

const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['name', (draft, value) => void (draft.name = expectSlug(value))],
  ['title', (draft, value) => void (draft.title = expectHeading(value))],
  ['timeout', (draft, value) => void (draft.timeoutMs = parseDuration(value, 1000))],
  ['grace', (draft, value) => void (draft.graceMs = parseDuration(value))],
  ['retries', (draft, value) => void (draft.retries = parseCount(value))],
  ['retry-delay', (draft, value) => void (draft.retryDelayMs = parseDuration(value))],
  [
    'overlap',
    (draft, value) => void (draft.overlap = oneOf(value, ['skip', 'queue', 'allow', 'replace'])),
  ],
  ['catchup', (draft, value) => void (draft.catchUp = parseCatchUp(value))],
  ['jitter', (draft, value) => void (draft.jitterMs = parseDuration(value))],
  ['tz', (draft, value) => void (draft.zone = expectZone(value))],
  ['notify', (draft, value) => void (draft.notify = oneOf(value, ['never', 'failure', 'always']))],
  ['lock', (draft, value) => void (draft.lock = expectSlug(value))],
  ['param', (draft, value) => addParam(draft.params, parseParam(value))],
  ['disabled', (draft, value) => void (draft.disabled = expectNothing(value))],
]);

/** Settings that may stand above a job several times. */
const REPEATED: ReadonlySet<string> = new Set(['param']);

const MAX_PARAMS = 50;

/** `s`, or a line separator (U+2028) would make it look back again and again. */
const SETTING = /^@([A-Za-z-]+)[ \t]*(.*)$/s;

/** Stands for itself: it holds for all jobs below it, and no job has to be directly below it. */
const SECTION = 'section';

const KNOWN: readonly string[] = [...READERS.keys(), SECTION];

/** A list is made of these: a text that fills a page is none. */
const LONGEST_HEADING = 100;

/**
 * The section that begins with a comment line; null where none does.
 * @throws ScheduleError
 */
export function sectionOf({ column, text }: Comment): string | null {
  const trimmed = text.trimEnd();
  const [, key, value = ''] = SETTING.exec(trimmed) ?? [];
  if (key !== SECTION) return null;
  return shifted(column + trimmed.length - value.length, () => expectHeading(value));
}

/** Whether a comment line is one of ours, so that it must not be ignored in silence. */
export function isSetting({ text }: Comment): boolean {
  return READERS.has(SETTING.exec(text)?.[1] ?? '');
}

/** Reads the block directly above a job: its description and its settings. */
export function parseBlock(
  comments: readonly Comment[],
  defaults: JobSettings,
  findings: Findings,
): JobBlock {
  const draft: Draft = { ...defaults, name: null, title: null, zone: null, params: [] };
  const seen = new Set<string>();
  const description: string[] = [];
  const paramPlaces: JobBlock['paramPlaces'][number][] = [];
  for (const { line, column, text } of comments) {
    const [, key, value = ''] = SETTING.exec(text) ?? [];
    if (key === undefined) {
      description.push(text.trimEnd());
    } else if (isFollowing(`@${key}`) && !/\s/.test(value.trim())) {
      findings.add(line, notASetting(key, column));
    } else if (!isShortcut(`@${key}`)) {
      // A line that begins with a schedule's shortcut is a job that somebody commented out.
      try {
        shifted(column, () => readSetting(draft, seen, text, key, value.trimEnd()));
        if (draft.params.length > paramPlaces.length) paramPlaces.push({ line, column });
      } catch (error) {
        if (!(error instanceof ScheduleError)) throw error;
        findings.add(line, error);
      }
    }
  }
  const { name, title, zone, params, ...settings } = draft;
  const text = description.join('\n').trim();
  return { name, title, zone, settings, params, paramPlaces, description: text };
}

function readSetting(
  draft: Draft,
  seen: Set<string>,
  text: string,
  key: string,
  value: string,
): void {
  const read = READERS.get(key);
  if (read === undefined) {
    throw refusal(`There is no setting @${key.slice(0, 40)}.`, {
      expected: `one of ${KNOWN.map((known) => `@${known}`).join(', ')}`,
      hint: `${suggestion(key)} If it is not meant as a setting, begin the line with another character.`,
    });
  }
  if (seen.has(key) && !REPEATED.has(key)) {
    throw refusal(`@${key} is set twice for this job.`, {
      expected: 'each setting once',
      hint: 'Take one of the two lines out.',
    });
  }
  seen.add(key);
  shifted(text.length - text.slice(key.length + 1).trimStart().length + 1, () =>
    read(draft, value),
  );
}

function notASetting(key: string, column: number): ScheduleError {
  return new ScheduleError('GITCRON_E_CRONTAB_AFTER', `@${key} is no setting.`, {
    column,
    expected: `@${key} in the place of the schedule`,
    hint: `Write the line of the job so: @${key} nightly-report node app/scripts/mail.ts.`,
  });
}

function addParam(params: JobParam[], param: JobParam): void {
  if (params.some(({ name }) => name === param.name)) {
    throw refusal(`The parameter ${param.name} is declared twice for this job.`, {
      expected: 'each parameter once',
      hint: 'Take one of the two lines out.',
    });
  }
  if (params.length >= MAX_PARAMS) {
    throw refusal('The job declares too many parameters.', {
      expected: `at most ${MAX_PARAMS}`,
      hint: 'Let it take the name of a file or a table that holds them.',
    });
  }
  params.push(param);
}

function suggestion(key: string): string {
  const near = nearestWord(key, KNOWN);
  return near === null ? 'Take the line out.' : `Did you mean @${near}?`;
}

/** A text for people. */
function expectHeading(value: string): string {
  if (value !== '' && value.length <= LONGEST_HEADING) return value;
  if (value === '') throw badValue(value, 'a text', 'Write for example Nightly report.');
  throw refusal('The text is too long for a list.', {
    expected: `at most ${LONGEST_HEADING} characters`,
    hint: 'Shorten it; the comment lines above a job are its description, and may be long.',
  });
}

function parseCount(value: string): number {
  if (/^\d{1,3}$/.test(value) && Number(value) <= 100) return Number(value);
  throw badValue(value, 'a whole number from 0 to 100', 'Write for example @retries 2.');
}

function parseCatchUp(value: string): CatchUp {
  const [kind = '', window, ...more] = value.split(/[ \t]+/);
  if (kind === 'none' && window === undefined) return { kind };
  if ((kind === 'last' || kind === 'all') && more.length === 0) {
    const windowMs =
      window === undefined
        ? null
        : shifted(value.lastIndexOf(window) + 1, () => parseDuration(window, 1000));
    return { kind, windowMs };
  }
  throw badValue(
    value,
    'none, last or all, the latter two with a window if you like',
    'Write for example @catchup last or @catchup all 6h.',
  );
}

function oneOf<const Choice extends string>(value: string, choices: readonly Choice[]): Choice {
  const chosen = choices.find((choice) => choice === value);
  if (chosen !== undefined) return chosen;
  throw badValue(value, `one of ${choices.join(', ')}`, `Write for example ${choices[0] ?? ''}.`);
}

function expectNothing(value: string): true {
  if (value === '') return true;
  throw badValue(value, 'nothing behind @disabled', 'To enable the job take the whole line out.');
}

function badValue(value: string, expected: string, hint: string): ScheduleError {
  const message =
    value === ''
      ? 'The value is missing.'
      : `"${value.slice(0, 40)}" is not a value for this setting.`;
  return refusal(message, { expected, hint });
}

function refusal(message: string, details: { expected: string; hint: string }): ScheduleError {
  return new ScheduleError('GITCRON_E_CRONTAB_SETTING', message, { column: 1, ...details });
}
