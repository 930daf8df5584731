import type { Server } from 'node:http';
import { describeError } from './coded-error.ts';
import { endProcess } from './end-process.ts';
import { EXIT_CONFIG, SettingsError } from './environment.ts';
import { health } from './http/health.ts';
import { listen } from './http/listen.ts';
import { webhook } from './http/webhook.ts';
import { createLog, errorFields } from './log.ts';
import { createMetrics } from './metrics.ts';
import { readSettings, type ProgramSettings } from './settings.ts';
import { startSync, type Sync } from './start-sync.ts';

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
const metrics = createMetrics(() => sync.status());
const sync: Sync = startSync({
  settings: settings.sync,
  logger: log.logger,
  once: settings.once,
  onOutcome: (outcome) => {
    metrics.count(outcome);
    if (settings.once) void stop(outcome.ok ? 0 : EXIT_UNAVAILABLE);
  },
});
const servers: Server[] = [];
let isStopping = false;

// Not `once`: a library that cleans up at signals would find itself alone and end the process.
process.on('SIGTERM', () => void stop(0)).on('SIGINT', () => void stop(0));
process.on('SIGHUP', () => void sync.syncNow());

try {
  if (settings.httpPort !== null) {
    const answer = health(() => sync.status(), metrics, settings.healthMs);
    servers.push(await listen('GIT_SYNC_HTTP_PORT', settings.httpPort, answer));
  }
  if (settings.webhook !== null) {
    const { port, secret } = settings.webhook;
    const logger = log.logger.child({ room: 'webhook' });
    const answer = webhook(secret, logger, () => void sync.syncNow());
    servers.push(await listen('GIT_SYNC_WEBHOOK_PORT', port, answer));
  }
} catch (error) {
  log.logger.fatal({ room: 'sync', ...errorFields(error) }, 'a port could not be opened');
  await stop(EXIT_UNAVAILABLE);
}

async function stop(exitCode: number): Promise<void> {
  if (isStopping) return;
  isStopping = true;
  for (const server of servers) server.close();
  await sync.stop();
  await endProcess(log, exitCode);
}
