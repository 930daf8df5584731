import { describeError } from '@gitcron/base/coded-error';
import { endProcess } from '@gitcron/base/end-process';
import { EXIT_CONFIG, SettingsError } from '@gitcron/base/environment';
import { errorFields } from '@gitcron/base/error-fields';
import { createLog } from '@gitcron/base/log';
import { readSettings, type ProgramSettings } from './settings.ts';
import { createSyncMask } from './secret-mask.ts';
import { startSidecar } from './start-sidecar.ts';

/** sysexits.h, EX_UNAVAILABLE: the one sync of GIT_SYNC_ONCE failed. */
const EXIT_UNAVAILABLE = 69;

function settingsOrExit(): ProgramSettings {
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
const mask = createSyncMask(process.env);
log.maskWith(mask.text);
const sidecar = startSidecar({
  settings,
  logger: log.logger,
  maskText: mask.text,
  onOutcome: ({ ok }) => {
    if (settings.once) void stop(ok ? 0 : EXIT_UNAVAILABLE);
  },
});
let isStopping = false;

// Not `once`: a library that cleans up at signals would find itself alone and end the process.
process.on('SIGTERM', () => void stop(0)).on('SIGINT', () => void stop(0));
process.on('SIGHUP', () => void sidecar.syncNow());

try {
  await sidecar.opened;
} catch (error) {
  log.logger.fatal({ room: 'sync', ...errorFields(error) }, 'a port could not be opened');
  await stop(EXIT_UNAVAILABLE);
}

async function stop(exitCode: number): Promise<void> {
  if (isStopping) return;
  isStopping = true;
  await sidecar.stop();
  await endProcess(log, exitCode);
}
