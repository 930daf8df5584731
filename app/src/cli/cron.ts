import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { isatty } from 'node:tty';
import { Command, Option } from 'commander';
import { readCronSettings } from '../config/cron-settings.ts';
import { ensureStateDirectory } from '../state/state-directory.ts';
import { createLog } from '@gitcron/base/log';
import { LOG_LEVELS, type LogLevel } from '@gitcron/base/log-settings';
import { readCrontabFile, startPlainCrontab } from '../plain-crontab.ts';
import { describeWarning } from '../schedule/crontab/problem.ts';
import { readJobs } from '../schedule/crontab/read-jobs.ts';
import { takeSupercronicFlags } from './supercronic-flags.ts';
import { startInSpiteOfHangUp, untilStopped } from './until-stopped.ts';

interface CronOptions {
  readonly json?: boolean;
  readonly logLevel?: LogLevel;
  readonly state?: string;
  readonly test?: boolean;
  readonly debug?: boolean;
  readonly quiet?: boolean;
  readonly passthroughLogs?: boolean;
  readonly overlapping?: boolean;
}

export function cronCommand(): Command {
  const command = new Command('cron')
    .description(
      'Runs the jobs of FILE in the current directory, as supercronic does. A changed file is read anew by itself and at SIGHUP (which at a terminal stops it); a wrong one leaves the schedule as it is. TZ, JOB_CONCURRENCY, JOB_USER, SECRET_ENV, SHUTDOWN_GRACE, POLL_SEC, LOG_FORMAT and LOG_LEVEL are read from the environment. Jobs get all of it, less JOB_USER and what begins with GITCRON_, GIT_SYNC_ or npm_.',
    )
    .argument('<file>', 'the crontab')
    .option('--json', 'log as JSON, one object a line')
    .addOption(
      new Option(
        '--log-level <level>',
        'how much to log (default: LOG_LEVEL, or else info)',
      ).choices(LOG_LEVELS),
    )
    .option('--debug', 'the same as --log-level debug')
    .option('--quiet', 'the same as --log-level warn')
    .option('--passthrough-logs', 'what jobs write is logged as it is, without time and name')
    .option('--overlapping', 'jobs without @overlap run beside themselves, as with @overlap allow')
    .option('--test', 'only read the crontab: 0 when it is right, 65 when it is not')
    .option('--state <dir>', 'where to keep what a restart has to know (default: in your home)')
    .addHelpText(
      'after',
      `
The flags of supercronic are taken as they are, with one dash, too: -test, -json, -passthrough-logs …

Examples:
  gitcron cron crontab.txt
  gitcron cron -test crontab.txt
  TZ=Europe/Amsterdam gitcron cron --json /etc/my-crontab`,
    )
    .action(async (file: string, options: CronOptions) => {
      const settings = readCronSettings(process.env);
      const overlap = options.overlapping ? 'allow' : 'skip';
      if (options.test) return testCrontab(file, settings.TZ);
      const log = createLog({
        format: options.json ? 'json' : settings.LOG_FORMAT,
        level: levelOf(options) ?? settings.LOG_LEVEL,
        terminal: isatty(1),
        rawJobOutput: options.passthroughLogs ?? false,
      });
      startInSpiteOfHangUp();
      const path = resolve(file);
      await using parts = new AsyncDisposableStack();
      const runner = await startPlainCrontab({
        file: path,
        directory: process.cwd(),
        stateDirectory: await makeStateDirectory(options.state, path, parts),
        settings,
        overlap,
        environment: process.env,
        log,
      });
      parts.defer(() => runner.stop());
      await untilStopped({ ...runner, stop: () => parts.disposeAsync() }, log);
    });
  return takeSupercronicFlags(command);
}

function levelOf({ quiet, debug, logLevel }: CronOptions): CronOptions['logLevel'] {
  if (quiet) return 'warn';
  return debug ? 'debug' : logLevel;
}

/** @throws CodedError that tells every mistake. */
async function testCrontab(file: string, defaultZone: string): Promise<void> {
  const bytes = await readCrontabFile(file);
  const hint = `gitcron check ${file} says it with what is doubtful.`;
  const { jobs, warnings } = readJobs(bytes, { file, defaultZone }, hint);
  for (const warning of warnings) console.error(`warning  ${describeWarning(warning)}`);
  console.log(`${file} is right: ${jobs.length === 1 ? '1 job' : `${jobs.length} jobs`}.`);
}

const PRIVATE = 0o700;

/** A directory for this crontab; a passing one where nothing can be kept, as on a read-only root. */
async function makeStateDirectory(
  given: string | undefined,
  file: string,
  parts: AsyncDisposableStack,
): Promise<string> {
  if (given !== undefined) return ensureStateDirectory(resolve(given), PRIVATE);
  const name = createHash('sha256').update(file).digest('hex').slice(0, 12);
  const { HOME, XDG_STATE_HOME } = process.env;
  try {
    // XDG Base Directory Specification. A user without a name has no home, which throws.
    const base = XDG_STATE_HOME || join(HOME || userInfo().homedir, '.local', 'state');
    return await ensureStateDirectory(join(base, 'gitcron', name), PRIVATE);
  } catch {
    const directory = await mkdtemp(join(tmpdir(), 'gitcron-'));
    parts.defer(() => rm(directory, { recursive: true, force: true }));
    return directory;
  }
}
