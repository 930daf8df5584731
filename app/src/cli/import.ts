import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { buffer as bytesOf } from 'node:stream/consumers';
import { CodedError } from '@gitcron/base/coded-error';
import { Command, Option } from 'commander';
import { systemTimeZone } from '../config/time-zone.ts';
import { decodeUtf8 } from '../schedule/crontab/decode.ts';
import { ScheduleError } from '../schedule/schedule-error.ts';
import { detectOrigin } from '../schedule/import/detect-origin.ts';
import { importCrontab, MARK } from '../schedule/import/import-crontab.ts';
import { ORIGINS, type Origin } from '../schedule/import/job-line.ts';

interface ImportCommandOptions {
  readonly from?: Origin;
  readonly tz?: string;
}

export function importCommand(): Command {
  return new Command('import')
    .description(
      'Makes a crontab for Gitcron of one for cron or supercronic, and prints it. What means the same is taken as it is; where a person must decide, a comment says what.',
    )
    .argument('[files...]', 'crontabs; - or none: standard input', ['-'])
    .addOption(
      new Option(
        '--from <kind>',
        'what they are: user (crontab -l), system (with users: /etc/crontab, /etc/cron.d), supercronic (default: what they look like)',
      ).choices(ORIGINS),
    )
    .option('--tz <zone>', 'the time zone they were meant in (default: TZ, or else the system’s)')
    .addHelpText(
      'after',
      `
Nothing is changed: the result goes to standard output, a summary to standard error.
Look for DECIDE in the result, then let gitcron check read it.

Examples:
  crontab -l | gitcron import > app/crontab.txt
  gitcron import /etc/crontab /etc/cron.d/* > app/crontab.txt`,
    )
    .action(async (files: string[], { from, tz }: ImportCommandOptions) => {
      const zone = tz ?? (process.env['TZ'] || systemTimeZone());
      const isUser = userNames();
      let jobs = 0;
      let decisions = 0;
      for (const file of files) {
        const source = await contentOf(file);
        const path = file === '-' ? null : file;
        const origin = from ?? detectOrigin(path, source, isUser);
        const name = `${path ?? 'standard input'} (${WHAT_IT_IS[origin]})`;
        const imported = importCrontab(source, { origin, name, zone });
        process.stdout.write(file === files[0] ? imported.text : `\n${imported.text}`);
        jobs += imported.jobs;
        decisions += imported.decisions;
      }
      const marked = decisions === 1 ? 'one thing' : `${decisions} things`;
      process.stderr.write(
        `${jobs === 1 ? '1 job' : `${jobs} jobs`}; ${marked} to decide: look for "${MARK}". Then: gitcron check FILE\n`,
      );
    });
}

const WHAT_IT_IS: Readonly<Record<Origin, string>> = {
  user: "a user's crontab",
  system: 'a system crontab, with users',
  supercronic: "supercronic's",
};

async function contentOf(file: string): Promise<string> {
  try {
    return decodeUtf8(file === '-' ? await bytesOf(process.stdin) : await readFile(file));
  } catch (cause) {
    if (cause instanceof ScheduleError) {
      throw new CodedError(cause.code, cause.message, {
        place: file === '-' ? 'standard input' : file,
        hint: 'iconv -f latin1 -t utf-8 FILE makes UTF-8 of it (or -f utf-16, as it is written).',
      });
    }
    throw new CodedError('GITCRON_E_CRONTAB_UNREADABLE', `Cannot read ${file}.`, {
      place: file,
      hint: 'Name a crontab, or pipe one in: crontab -l | gitcron import',
      cause,
    });
  }
}

function userNames(): (name: string) => boolean {
  try {
    const names = readFileSync('/etc/passwd', 'utf8').split('\n');
    const known = new Set(names.map((line) => line.split(':')[0]));
    return (name) => known.has(name);
  } catch {
    // A system without it: what the most common user is called is enough to tell by.
    return (name) => name === 'root';
  }
}
