import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { isatty } from 'node:tty';
import { Command, Option } from 'commander';
import { readCronSettings } from '../config/cron-settings.ts';
import { ensureStateDirectory } from '../state/state-directory.ts';
import { createLog, LOG_LEVELS } from '@gitcron/base/log';
import { startPlainCrontab } from '../plain-crontab.ts';
import { untilStopped } from './until-stopped.ts';

interface CronOptions {
  readonly json?: boolean;
  readonly logLevel?: (typeof LOG_LEVELS)[number];
  readonly state?: string;
}

export function cronCommand(): Command {
  return new Command('cron')
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
    .option('--state <dir>', 'where to keep what a restart has to know (default: in your home)')
    .addHelpText(
      'after',
      `
Examples:
  gitcron cron crontab.txt
  TZ=Europe/Amsterdam gitcron cron --json /etc/my-crontab`,
    )
    .action(async (file: string, options: CronOptions) => {
      const settings = readCronSettings(process.env);
      const log = createLog({
        format: options.json ? 'json' : settings.LOG_FORMAT,
        level: options.logLevel ?? settings.LOG_LEVEL,
        terminal: isatty(1),
      });
      const path = resolve(file);
      await using parts = new AsyncDisposableStack();
      const runner = await startPlainCrontab({
        file: path,
        directory: process.cwd(),
        stateDirectory: await makeStateDirectory(options.state, path, parts),
        settings,
        environment: process.env,
        log,
      });
      parts.defer(() => runner.stop());
      await untilStopped({ ...runner, stop: () => parts.disposeAsync() }, log);
    });
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
