import { Command, InvalidArgumentError } from 'commander';
import { systemClock, type EpochMs } from '@gitcron/base/clock';
import { systemTimeZone, withUtcForEmptyZone } from '../config/time-zone.ts';
import { describeError } from '@gitcron/base/coded-error';
import { EXIT_DATA } from '@gitcron/base/exit-status';
import { describeSchedule } from '../schedule/describe.ts';
import { instantOf } from '../schedule/expression/next-slot.ts';
import { expectZone } from '../schedule/expression/zone.ts';
import { formatSlot } from '../schedule/format-slot.ts';
import { nextDues } from '../schedule/next-due.ts';
import { parseSchedule } from '../schedule/parse-schedule.ts';
import { ScheduleError } from '../schedule/schedule-error.ts';

interface NextOptions {
  readonly tz?: string;
  readonly from?: string;
  readonly count: number;
  readonly json?: true;
}

export function nextCommand(): Command {
  return (
    new Command('next')
      .description('show when a schedule is due')
      .argument(
        '<expression...>',
        'five fields (six with seconds, seven with seconds and year), or @daily, @every 90s …',
      )
      // A schedule may begin with -1: that is a mistake of its own, and not an option.
      .allowUnknownOption()
      .option('--tz <zone>', 'time zone of the schedule (default: TZ, or else the system’s)')
      .option(
        '--from <time>',
        'ISO 8601; without an offset it is a time in that zone (default: now)',
      )
      .option('--count <n>', 'how many slots', parseCount, 5)
      .option('--json', 'print {"slots":["2026-03-29T01:00:00.000Z", …]}')
      .addHelpText(
        'after',
        `
Fewer slots are printed when the schedule ends. Exit status: 0, or 65 for a schedule that is refused.

Examples:
  gitcron next '0 2 * * *' --tz Europe/Berlin --from 2026-03-28
  gitcron next '*/15 9-17 * * MON-FRI' --count 20
  gitcron next '@every 90s' --json`,
      )
      .action((words: string[], options: NextOptions, command: Command) => {
        const option = words.find((word) => /^-{1,2}[a-z]/i.test(word));
        if (option !== undefined) command.error(`error: unknown option '${option}'`);
        try {
          printSlots(words.join(' '), options);
        } catch (error) {
          if (!(error instanceof ScheduleError)) throw error;
          process.exitCode = EXIT_DATA;
          if (options.json) {
            print(JSON.stringify({ error: errorJson(error), also: error.also.map(errorJson) }));
          } else for (const one of error.all) process.stderr.write(inWords(one));
        }
      })
  );
}

/** @throws ScheduleError */
function printSlots(text: string, { tz, from, count, json }: NextOptions): void {
  const zone = expectZone(
    tz ?? (withUtcForEmptyZone(process.env)['TZ'] || systemTimeZone()),
    tz === undefined ? 'TZ' : '--tz',
  );
  const schedule = parseSchedule(text, zone);
  const after = from === undefined ? systemClock.now() : parseInstant(from, zone);
  const slots = nextDues(schedule, after, count);
  if (json) return print(JSON.stringify({ slots: slots.map((at) => new Date(at).toISOString()) }));
  const { kind } = schedule;
  const isOfZone = kind === 'cron' || kind === 'interval';
  print(`${describeSchedule(schedule)}${isOfZone ? ` (${zone})` : ''}`);
  for (const at of slots) print(`  ${formatSlot(at, zone)}`);
  if (slots.length === 0 && kind === 'cron') print('  over: no slot is left');
}

function parseCount(text: string): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && count >= 1 && count <= 10_000) return count;
  throw new InvalidArgumentError('Expected a whole number from 1 to 10000.');
}

/** @throws ScheduleError */
function parseInstant(text: string, zone: string): EpochMs {
  const [date = ''] = /^\d{4}-\d\d-\d\d/.exec(text) ?? [];
  const hasOffset = /T.*(?:Z|[+-]\d\d:?\d\d)$/i.test(text);
  const hasTime = text.includes('T');
  const wall = Date.parse(hasOffset ? text : `${text}${hasTime ? '' : 'T00:00'}Z`);
  if (!isDate(date) || Number.isNaN(wall)) {
    throw new ScheduleError('GITCRON_E_TIME', `"${text.slice(0, 40)}" is not a time.`, {
      column: 1,
      place: '--from',
      expected: 'ISO 8601',
      hint: 'Write for example 2026-03-28, 2026-03-28T12:00 or 2026-03-28T12:00:00Z.',
    });
  }
  return hasOffset ? wall : instantOf(wall, zone);
}

/** Date.parse takes 31 February for 3 March. */
function isDate(text: string): boolean {
  const day = Date.parse(text);
  return !Number.isNaN(day) && new Date(day).toISOString().startsWith(text);
}

function inWords(error: ScheduleError): string {
  return `${describeError(error)}\n  expected: ${error.expected}\n`;
}

function errorJson({ code, message, column, expected, hint }: ScheduleError) {
  return { code, message, column, expected, hint };
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
