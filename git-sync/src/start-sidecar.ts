import type { Server } from 'node:http';
import { health } from './http/health.ts';
import { listen } from './http/listen.ts';
import { webhook } from './http/webhook.ts';
import type { Logger } from '@gitcron/base/log';
import { createMetrics } from './metrics.ts';
import type { ProgramSettings } from './settings.ts';
import { startSync, type LookOutcome, type Sync } from './start-sync.ts';

/** git-sync with the ports that its settings name. */
export interface Sidecar extends Sync {
  /**
   * The ports are open, and the volume is this repository's.
   * @throws CodedError GITCRON_E_PORT when one cannot be had; the syncing goes on until `stop`.
   */
  readonly opened: Promise<void>;
}

export interface SidecarOptions {
  readonly settings: ProgramSettings;
  readonly logger: Logger;
  /** Takes secrets out of what `status` and `status.json` say; the log has its own. */
  readonly maskText: (text: string) => string;
  /** The address to listen on. Undefined: all that this machine has. */
  readonly host?: string;
  readonly onOutcome?: (outcome: LookOutcome) => void;
}

export function startSidecar({
  settings,
  logger,
  maskText,
  host,
  onOutcome,
}: SidecarOptions): Sidecar {
  const metrics = createMetrics(() => sync.status());
  const sync = startSync({
    settings: settings.sync,
    logger,
    maskText,
    once: settings.once,
    onOutcome: (outcome) => {
      metrics.count(outcome);
      onOutcome?.(outcome);
    },
  });
  const servers: Server[] = [];
  const opened = open();
  // Whoever stops before it is known must not be told twice.
  const settled = opened.catch(() => {});

  async function open(): Promise<void> {
    if (settings.httpPort !== null) {
      const answer = health(() => sync.status(), metrics, settings.healthMs);
      servers.push(await listen('GIT_SYNC_HTTP_PORT', { port: settings.httpPort, host }, answer));
    }
    if (settings.webhook !== null) {
      const { port, secret } = settings.webhook;
      const answer = webhook(secret, logger.child({ room: 'webhook' }), () => void sync.syncNow());
      servers.push(await listen('GIT_SYNC_WEBHOOK_PORT', { port, host }, answer));
    }
    await sync.settled;
  }

  return {
    ...sync,
    opened,
    async stop() {
      await settled;
      for (const server of servers) server.close();
      await sync.stop();
    },
  };
}
