import { isatty } from 'node:tty';
import { Command } from 'commander';
import { settingsOfOtherSetUps } from '../config/other-set-ups.ts';
import { readSettings } from '../config/settings.ts';
import { readTogether } from '@gitcron/base/environment';
import { createLog } from '@gitcron/base/log';
import { startSupervisor } from '../main.ts';
import { checkSecrets } from '../secrets/secret-mask.ts';
import { startInSpiteOfHangUp, untilStopped } from './until-stopped.ts';

export function superviseCommand(): Command {
  return new Command('supervise')
    .description(
      'Follows SOURCE_DIR, which git-sync fills, makes a release of every revision and runs its jobs on schedule. SIGTERM ends it in order, a second one at once; SIGHUP looks for a new revision now (at a terminal it stops: the terminal is gone).',
    )
    .addHelpText(
      'after',
      `
Example:
  SOURCE_DIR=/srv/code STATE_DIR=/var/lib/gitcron gitcron supervise`,
    )
    .action(async () => {
      const { settings } = readTogether({
        settings: () => readSettings(process.env),
        secrets: () => checkSecrets(process.env),
      });
      const log = createLog({
        format: settings.LOG_FORMAT,
        level: settings.LOG_LEVEL,
        terminal: isatty(1),
      });
      for (const sentence of settingsOfOtherSetUps(process.env)) {
        log.logger.warn({ room: 'main' }, sentence);
      }
      startInSpiteOfHangUp();
      const supervisor = await startSupervisor({ settings, environment: process.env, log });
      await untilStopped(supervisor, log);
    });
}
