/**
 * `npm run demo`: Gitcron with thirty invented days behind it, to look around in. Everything is in a
 * directory of its own; what is there already goes on. `--state DIR` names another one, `--only-make`
 * starts nothing.
 */
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { execPath } from 'node:process';
import { parseArgs } from 'node:util';
import { createLog } from '@gitcron/base/log';
import { startLocalDatabase } from '../app/src/local/local-database.ts';
import { localDirectories } from '../app/src/local/local-directories.ts';
import { ensureStateDirectory } from '../app/src/state/state-directory.ts';
import { takeSupervisorLock } from '../app/src/state/supervisor-lock.ts';
import { inventHistory } from './demo/invent-history.ts';
import { makeRepository } from './demo/repository.ts';

const PROJECT = resolve(import.meta.dirname, '..');
const SEED = 4711;

const { values } = parseArgs({
  options: {
    state: { type: 'string', default: '.gitcron-demo' },
    'only-make': { type: 'boolean', default: false },
  },
});
const directories = localDirectories(values.state);
const repository = join(directories.root, 'repository');
/** Said of the directory: that it is ours, and that its history is whole. */
const BEGUN = join(directories.root, 'demo-begun');
const MADE = join(directories.root, 'demo-made');

if (!existsSync(MADE)) await make();
if (!values['only-make']) start();

async function make(): Promise<void> {
  if (existsSync(BEGUN)) {
    // Cut short, and nothing but what was invented can be in it.
    rmSync(directories.root, { recursive: true });
  } else if (existsSync(directories.root) && readdirSync(directories.root).length > 0) {
    console.error(
      `${directories.root} holds something that this demo did not make, and stays as it is.`,
    );
    console.error('  hint: npm run demo -- --state ANOTHER-DIRECTORY');
    process.exit(65);
  }
  await ensureStateDirectory(directories.root, 0o700);
  writeFileSync(BEGUN, '');
  await using parts = new AsyncDisposableStack();
  const lock = await takeSupervisorLock(directories.root);
  parts.defer(() => lock.release());
  const began = performance.now();
  console.log(`Inventing thirty days of history in ${directories.root} …`);
  const log = createLog({ format: 'text', level: 'warn', terminal: false });
  const { logger } = log;
  const database = await startLocalDatabase(directories.postgres, join(PROJECT, 'initdb'), {
    onLoss: (error) => logger.error(error),
    onReturn: () => {},
    onMove: () => {},
  });
  parts.defer(() => database.stop());
  const now = Date.now();
  const today = now - (now % 86_400_000);
  const commits = await makeRepository(repository, join(PROJECT, 'examples/house'), today);
  await ensureStateDirectory(directories.state, 0o700);
  const runs = await inventHistory({
    ...{ stateDir: directories.state, databaseUrl: database.supervisorUrl, logger },
    ...{ commits, today, now, seed: SEED },
  });
  writeFileSync(MADE, '');
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  console.log(`${runs.toLocaleString('en')} runs of ${commits.length} commits, in ${seconds} s.`);
  await log.flush();
}

/** In our place, so that signals and the terminal are its own. */
function start(): void {
  const ofOthers =
    /^(GIT_SYNC_|GITCRON_|PG|DATABASE_URL$|(STATE|SOURCE)_DIR$|(CRON|PACKAGE)_FILE$|(JOB|INSTALL)_USER$)/;
  const environment = Object.entries(process.env).filter(([name]) => !ofOthers.test(name));
  const gitcron = join(PROJECT, 'app/bin/gitcron.js');
  const args = ['up', '--repo', repository, '--state', directories.root];
  const env = { ...Object.fromEntries(environment), GIT_SYNC_WAIT: '1' };
  if (process.execve === undefined) throw new Error('This system cannot replace a program.');
  process.execve(execPath, [execPath, gitcron, ...args], env);
}
