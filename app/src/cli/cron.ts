import { createHash } from 'node:crypto';
import { mkdir, mkdtemp } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { isatty } from 'node:tty';
import { Command } from 'commander';
import { readSettings } from '../config/settings.ts';
import { createLog } from '../log.ts';
import { startPlainCrontab } from '../plain-crontab.ts';
import { untilStopped } from './until-stopped.ts';

export function cronCommand(): Command {
  return new Command('cron')
    .summary('run a plain crontab file, without git or a database')
    .description(
      'Runs the jobs of FILE in the current directory, as supercronic does. A changed file is read\nanew by itself and at SIGHUP; a wrong one leaves the schedule as it is. Settings such as TZ,\nJOB_CONCURRENCY and SHUTDOWN_GRACE are read from the environment.',
    )
    .argument('<file>', 'the crontab')
    .option('--json', 'log as JSON, one object a line')
    .option('--state <dir>', 'where to keep what a restart has to know (default: in your home)')
    .addHelpText(
      'after',
      `
Examples:
  gitcron cron crontab.txt
  TZ=Europe/Amsterdam gitcron cron --json /etc/my-crontab`,
    )
    .action(async (file: string, options: { json?: boolean; state?: string }) => {
      const settings = readSettings(process.env);
      const log = createLog({
        format: options.json ? 'json' : settings.LOG_FORMAT,
        level: settings.LOG_LEVEL,
        terminal: isatty(1),
      });
      const path = resolve(file);
      const runner = await startPlainCrontab({
        file: path,
        directory: process.cwd(),
        stateDirectory: await makeStateDirectory(options.state, path),
        settings,
        environment: process.env,
        log,
      });
      await untilStopped(runner, log);
    });
}

/** A directory for this crontab; a fresh one where nothing can be kept, as on a read-only root. */
async function makeStateDirectory(given: string | undefined, file: string): Promise<string> {
  if (given !== undefined) {
    await mkdir(given, { recursive: true });
    return resolve(given);
  }
  const name = createHash('sha256').update(file).digest('hex').slice(0, 12);
  // XDG Base Directory Specification.
  const base = process.env['XDG_STATE_HOME'] || join(homedir(), '.local', 'state');
  const directory = join(base, 'gitcron', name);
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    return directory;
  } catch {
    return mkdtemp(join(tmpdir(), 'gitcron-'));
  }
}
