import { createLog } from './log.ts';
import { readSettings } from './settings.ts';
import { EXIT_CONFIG, SettingsError } from './environment.ts';
import { describeError } from './coded-error.ts';
import { startSync } from './start-sync.ts';

function settingsOrExit() {
  try {
    return readSettings(process.env);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    process.stderr.write(`${describeError(error)}\n`);
    return process.exit(EXIT_CONFIG);
  }
}

const settings = settingsOrExit();
const log = createLog({ format: settings.LOG_FORMAT, level: settings.LOG_LEVEL });
const sync = startSync({ settings: settings.sync, logger: log.logger });

async function stop(exitCode: number): Promise<void> {
  await sync.stop();
  log.flush();
  process.exit(exitCode);
}
process.once('SIGTERM', () => void stop(0));
process.once('SIGINT', () => void stop(0));
process.on('SIGHUP', () => void sync.syncNow().catch(() => {}));

if (settings.once) {
  sync.syncNow().then(
    () => stop(0),
    () => stop(1),
  );
}
