import { hostname } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@gitcron/base/clock';
import type { Environment } from '@gitcron/base/environment';
import { settingsInForce } from './config/settings-in-force.ts';
import type { Settings } from './config/settings.ts';
import { previewRollback } from './connect-preview.ts';
import { CodedError } from '@gitcron/base/coded-error';
import type { ClockEvent, DeedEvent, RecordedEvent, RunEvent } from './events.ts';
import type { Observer } from './events/tell-observers.ts';
import { AccessFile } from './http/access/access-file.ts';
import { prepareAdministrator, type Administrator } from './http/access/administrator.ts';
import { openAcknowledgements } from './http/acknowledgements.ts';
import { openIdempotencyKeys } from './http/idempotency.ts';
import { createHouseNews } from './http/house-news.ts';
import { createMetrics } from './http/metrics.ts';
import { findPanel } from './http/panel/find-panel.ts';
import {
  createIdentityProvider,
  providerSettings,
  type IdentityProvider,
} from './http/oidc/provider.ts';
import type { RecordRoom, Rooms } from './http/rooms.ts';
import { RunBoard } from './http/run-board.ts';
import type { SyncLook } from './api/sync.ts';
import { createHttpServer, type HttpServer } from './http/server.ts';
import type { Logger } from '@gitcron/base/log';
import type { KeptOutput } from './record/recorder.ts';
import { maskRelease } from './events/release-name.ts';
import type { SourceFollower } from './release/follow-source.ts';
import { readPin } from './release/pin.ts';
import { readRepositoryFile } from './release/repository-file.ts';
import type { RejectedRevision } from './release/rejection.ts';
import { listOwnReleases } from './release/followed-source.ts';
import type { Release } from './release/release.ts';
import { becomesCurrent, pinRelease } from './release/rollback.ts';
import type { StateVolume } from './release/state-volume.ts';
import { readSyncStatus, type SyncStatus } from './sync/sync-status.ts';
import type { ScheduleAndRun } from './schedule-and-run.ts';
import { createDiskUse } from './state/disk-use.ts';
import { APPEND_LOGS, STATE_FILES } from './state/inventory.ts';
import type { SupervisorLock } from './state/supervisor-lock.ts';
import { VERSION } from './version.ts';

const DEFAULT_PORT = 8080;

const MEBIBYTE = 1024 * 1024;

export interface ConnectHttpOptions {
  readonly settings: Settings;
  readonly environment: Environment;
  /** See `SettingsSource`. */
  readonly byStart: ReadonlySet<string>;
  readonly logger: Logger;
  readonly volume: StateVolume;
  readonly maskText: (text: string) => string;
  /** See `Recorder`. */
  readonly keptOutput: (runId: string) => KeptOutput | null;
}

export interface HttpConnections {
  readonly work: ScheduleAndRun;
  readonly follower: Pick<
    SourceFollower<unknown>,
    'current' | 'withoutReleaseSince' | 'rejected' | 'look' | 'tryAgain'
  >;
  readonly record: RecordRoom | null;
  readonly lockedOut: Rooms['lockedOut'];
  readonly stateUnwritten: Rooms['stateUnwritten'];
  readonly lock: SupervisorLock;
  readonly emit: (deed: DeedEvent) => void;
  readonly syncNow: () => Promise<SyncLook>;
}

/** The room that answers questions and takes orders, over HTTP and for the command line. */
export interface ConnectedHttp {
  /** To be told every event, from the first on. */
  readonly observers: readonly Observer<RecordedEvent>[];
  start(connections: HttpConnections): Promise<void>;
  stop(): Promise<void>;
}

export function connectHttp(options: ConnectHttpOptions): ConnectedHttp {
  const { settings, volume, maskText } = options;
  const logger = options.logger.child({ room: 'http' });
  const startedAt = systemClock.now();
  const board = new RunBoard(hostname(), options.keptOutput);
  const metrics = createMetrics();
  const news = createHouseNews(logger);
  let server: HttpServer | null = null;
  let administrator: Administrator | null = null;

  return {
    observers: [
      {
        name: 'board',
        observe(event) {
          if (isOfRunOrClock(event)) board.apply(event);
        },
      },
      {
        name: 'metrics',
        observe(event) {
          if (isOfRunOrClock(event)) metrics.observe(event);
        },
      },
      { name: 'those who look on', observe: (event) => news.observe(event) },
    ],
    async start(connections) {
      const rooms: Rooms = {
        ...roomsOf(connections, options),
        board,
        acknowledgements: openAcknowledgements(
          join(volume.root, STATE_FILES.acknowledged.name),
          logger,
        ),
        tell: (deed) => connections.emit({ ...deed, at: systemClock.now() }),
        startedAt,
        host: hostname(),
        version: VERSION,
        maskText,
      };
      metrics.attach(rooms);
      news.attach(rooms);
      const access = AccessFile.open(join(volume.root, STATE_FILES.access.name));
      const prepared = await prepareAdministrator(access, settings, {
        logger,
        onMade(password) {
          logger.info(
            `Administrator's password: ${password} (made now, shown this one time; to choose your own, set ADMIN_PASSWORD_FILE)`,
          );
        },
      });
      administrator = prepared;
      const keys = openIdempotencyKeys({
        file: join(volume.root, APPEND_LOGS.idempotencyKeys.name),
        formerFile: join(volume.root, 'idempotency-keys.json'),
        clock: systemClock,
        logger,
      });
      const panel = await findPanel(logger);
      const made = await createHttpServer({
        rooms,
        access,
        administrator: prepared,
        keys,
        metrics,
        news,
        panel,
        logger,
        provider: identityProvider(settings, logger),
        allowedHosts: allowedHosts(settings),
        trustProxy: settings.TRUST_PROXY,
        clock: systemClock,
      });
      server = made;
      connections.lock.serve((socket) => made.answer(socket));
      const { HTTP_HOST: host, HTTP_PORT: wanted } = settings;
      const port = await listenAt(wanted, (at) => made.listen(host, at));
      if (port === null) return;
      const what = panel === null ? 'API' : 'Panel and API';
      logger.info(`${what}: ${addressOf(host, port)} (described at /api/docs)`);
    },
    async stop() {
      administrator?.stop();
      news.close();
      await server?.close();
    },
  };
}

function identityProvider(settings: Settings, logger: Logger): IdentityProvider | null {
  const found = providerSettings(settings);
  return found && createIdentityProvider(found, { logger, now: () => systemClock.now() });
}

/** The host of PUBLIC_URL need not be named twice. */
function allowedHosts({ HTTP_ALLOWED_HOSTS: named, PUBLIC_URL }: Settings): string[] {
  return PUBLIC_URL === undefined ? named : [...named, new URL(PUBLIC_URL).hostname];
}

function addressOf(host: string, port: number): string {
  // A container may be published by another port: only the one inside is known.
  if (host === '0.0.0.0' || host === '::') return `port ${port} on every address of ${hostname()}`;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function isOfRunOrClock(event: RecordedEvent): event is RunEvent | ClockEvent {
  return event.type === 'clock_set_back' || 'runId' in event || 'run' in event;
}

/** A port that nobody asked for need not be that very one: jobs come first. */
async function listenAt(
  wanted: number | undefined,
  listen: (port: number) => Promise<number>,
): Promise<number | null> {
  if (wanted === 0) return null;
  if (wanted !== undefined) return listen(wanted);
  return listen(DEFAULT_PORT).catch(() => listen(0));
}

function maskSyncStatus(status: SyncStatus, maskText: (text: string) => string): SyncStatus {
  const { repository, error } = status;
  return {
    ...status,
    repository: maskText(repository),
    error: error && { ...error, message: maskText(error.message), hint: maskText(error.hint) },
  };
}

function roomsOf(connections: HttpConnections, options: ConnectHttpOptions) {
  const { settings, environment, byStart, volume, maskText } = options;
  const { work, follower, record, lockedOut, stateUnwritten, syncNow } = connections;
  const source = { directory: settings.SOURCE_DIR, cronFile: settings.CRON_FILE };
  const shown = (release: Release): Release => ({
    ...release,
    name: maskRelease(release.name, maskText),
  });
  const shownRejected = (rejected: RejectedRevision): RejectedRevision => ({
    ...rejected,
    subject: maskText(rejected.subject),
    reason: maskText(rejected.reason),
    place: rejected.place && maskText(rejected.place),
    hint: rejected.hint && maskText(rejected.hint),
    output: rejected.output.map((line) => maskText(line)),
  });
  return {
    jobs: {
      list: () => work.jobs(),
      get: (slug: string) => work.job(slug),
      written: (slug: string) => work.written(slug),
      switchOf: (slug: string) => work.switchOf(slug),
      async setSwitch(slug: string, enabled: boolean | null, by: string) {
        await work.setSwitch(slug, enabled === null ? null : { enabled, at: Date.now(), by });
      },
      nextSlots: (slug: string, count: number) => work.scheduler.nextSlots(slug, count),
      zone: settings.TZ,
    },
    runner: work.runner,
    record,
    lockedOut,
    stateUnwritten,
    releases: {
      list: async () => (await listOwnReleases(volume)).map(shown),
      current: () => follower.current && shown(follower.current),
      missingSince: () => follower.withoutReleaseSince,
      rejected: () => follower.rejected && shownRejected(follower.rejected),
      // One that is damaged is told where it is obeyed; the status must be had all the same.
      pinned: async () => (await readPin(volume).catch(() => null))?.release ?? null,
      async crontab() {
        const directory = follower.current?.directory;
        const found =
          directory === undefined
            ? null
            : await readRepositoryFile(directory, settings.CRON_FILE).catch(() => null);
        return { file: settings.CRON_FILE, text: found?.bytes.toString() ?? '' };
      },
      preview: (prefix: string | null) =>
        previewRollback(prefix, follower.current, { settings, volume, work, maskText }),
      async rollBack(prefix: string | null) {
        const target = await pinRelease(volume, source, prefix);
        follower.look();
        if (await becomesCurrent(volume, target)) return shown(target);
        throw new CodedError('GITCRON_E_ROLLBACK', 'The release is pinned but not current yet.', {
          hint: 'The log tells what it is waiting for.',
        });
      },
    },
    sync: {
      status: async () => {
        const status = await readSyncStatus(settings.SOURCE_DIR);
        return status && maskSyncStatus(status, maskText);
      },
      async now() {
        const look = await syncNow();
        return { ...look, triedAgain: follower.tryAgain() };
      },
    },
    diskUse: createDiskUse(volume),
    settings: () => settingsInForce({ settings, environment, byStart, maskText }),
    retention: {
      runsDays: settings.KEEP_RUNS_DAYS,
      runsPerJob: settings.KEEP_RUNS_PER_JOB,
      outputBytes: settings.KEEP_OUTPUT_MB * MEBIBYTE,
      outputOfRunBytes: settings.RUN_OUTPUT_LIMIT_MB * MEBIBYTE,
      journalBytes: settings.JOURNAL_LIMIT_MB * MEBIBYTE,
      releases: settings.KEEP_RELEASES,
    },
    schedulerHealth: () => work.scheduler.health(),
    slotsWatchedSince: () => work.scheduler.ledger.since,
  };
}
