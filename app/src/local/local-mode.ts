import { startSidecar } from '@gitcron/git-sync/start-sidecar';
import type { Sync } from '@gitcron/git-sync/start-sync';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Environment } from '@gitcron/base/environment';
import { ensureStateDirectory } from '../state/state-directory.ts';
import { CodedError } from '@gitcron/base/coded-error';
import type { SyncLook } from '../api/sync.ts';
import { errorFields } from '@gitcron/base/error-fields';
import type { Log } from '@gitcron/base/log';
import { startSupervisor, type Supervisor } from '../main.ts';
import { createSecretMask } from '../secrets/secret-mask.ts';
import { takeSupervisorLock } from '../state/supervisor-lock.ts';
import { makeDemoRepository } from './demo-repository.ts';
import { startLocalDatabase } from './local-database.ts';
import type { LocalDirectories } from './local-directories.ts';
import type { LocalSettings } from './local-settings.ts';

export interface LocalModeOptions {
  readonly directories: LocalDirectories;
  readonly settings: LocalSettings;
  /** The source is the demo repository, to be made where it is missing. */
  readonly isDemo: boolean;
  /** False where the environment names a database, or none is wanted. */
  readonly embeddedDatabase: boolean;
  readonly environment: Environment;
  readonly log: Log;
}

/** The root of this project: `examples/` and `initdb/` are there. */
const PROJECT = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');

/**
 * The whole stack in one process: database, git-sync, supervisor, started in this order and
 * stopped in the other.
 */
export async function startLocalMode(options: LocalModeOptions): Promise<Supervisor> {
  const { directories, isDemo, embeddedDatabase, log } = options;
  const logger = log.logger.child({ room: 'up' });
  // All of them are stopped, even when one fails to: Postgres must not be left behind.
  await using parts = new AsyncDisposableStack();
  // Passwords, output and code are in there. Other users that work in there have to get in.
  const { JOB_USER, INSTALL_USER } = options.environment;
  const mode = JOB_USER || INSTALL_USER ? 0o711 : 0o700;
  await ensureStateDirectory(directories.root, mode);
  const lock = await takeSupervisorLock(directories.root);
  parts.defer(() => lock.release());
  const environment: Record<string, string | undefined> = { ...options.environment };
  const byStart = ['STATE_DIR', 'SOURCE_DIR'];
  if (embeddedDatabase) {
    logger.info('Starting Postgres.');
    const database = await startLocalDatabase(directories.postgres, join(PROJECT, 'initdb'), {
      onLoss: (error) => logger.error(errorFields(error), 'Jobs have no database for now.'),
      onReturn: () => logger.info('Postgres runs again.'),
      onMove: (failure) => tellOfMove(failure, logger),
    });
    parts.defer(() => database.stop());
    environment['DATABASE_URL'] = database.scriptsUrl;
    if (!environment['GITCRON_DATABASE_URL']) {
      environment['GITCRON_DATABASE_URL'] = database.supervisorUrl;
      byStart.push('GITCRON_DATABASE_URL');
    }
  }
  const settings = {
    ...options.settings.supervisor,
    GITCRON_DATABASE_URL: environment['GITCRON_DATABASE_URL'] || undefined,
  };
  // The supervisor does the same, but git-sync has something to say before it.
  const mask = createSecretMask(settings, environment);
  log.maskWith(mask.text);
  if (isDemo) await provideDemo(directories.demo, logger);
  const sync =
    options.settings.sync &&
    startSidecar({
      settings: options.settings.sync,
      logger: log.logger,
      maskText: mask.text,
      host: '127.0.0.1',
    });
  if (sync) parts.defer(() => sync.stop());
  await sync?.opened;
  const supervisor = await startSupervisor({
    settings,
    environment,
    byStart: new Set(byStart),
    log,
    syncNow: () => syncNow(sync),
  });
  parts.defer(() => supervisor.stop());
  const running = parts.move();
  return { ...supervisor, stop: () => running.disposeAsync() };
}

/** @throws CodedError why the remote could not be read, or that there is none. */
async function syncNow(sync: Sync | null): Promise<SyncLook> {
  if (sync === null) {
    throw new CodedError('GITCRON_E_NO_REPOSITORY', 'There is no repository to look at.', {
      hint: 'Gitcron runs a directory as it is: what you save there is taken up by itself.',
    });
  }
  const outcome = await sync.syncNow();
  if (!outcome.ok) throw outcome.error;
  const result = outcome.result.change === 'published' ? 'published' : 'unchanged';
  return { result, revision: sync.status().current?.hash ?? null };
}

/** Directories of before had one database for history and scripts. */
function tellOfMove(failure: unknown, logger: Log['logger']): void {
  if (failure === null) {
    logger.info(
      'What scripts kept in the database `gitcron` is in one of their own now: `scripts`.',
    );
    return;
  }
  const error = new CodedError(
    'GITCRON_E_SCRIPTS_DATABASE',
    'Scripts stay in the database `gitcron`, which they share with the history.',
    {
      hint: 'What they keep there could not be moved into a database of their own; nothing is lost. The next start tries again.',
      cause: failure,
    },
  );
  logger.warn(errorFields(error), 'Scripts have no database of their own yet.');
}

async function provideDemo(demo: string, logger: Log['logger']): Promise<void> {
  const made = await makeDemoRepository(demo, join(PROJECT, 'examples/scripts'));
  logger.info(
    `${made ? 'Made a' : 'Using the'} demo repository in ${demo}. Change app/crontab.txt there, commit, and watch it arrive.`,
  );
}
