import { commandPath } from './command-path.ts';
import { homeVariables } from '../processes/home-directory.ts';
import { RUN_VARIABLES } from './run-variables.ts';
import type { Environment } from '@gitcron/base/environment';
import type { ProcessUser } from '../processes/process-user.ts';

/**
 * Settings that jobs do not get although their names are anybody's. None is added but a secret of
 * ours: a new one begins with GITCRON_ or GIT_SYNC_, or jobs see it, so that no variable is taken from a script.
 */
export const TAKEN_FROM_JOBS: ReadonlySet<string> = new Set([
  ...['SOURCE_DIR', 'STATE_DIR', 'PACKAGE_FILE', 'CRON_FILE', 'POLL_SEC', 'KEEP_RELEASES'],
  ...['JOB_CONCURRENCY', 'JOB_USER', 'SHUTDOWN_GRACE'],
  ...['INSTALL_USER', 'INSTALL_CACHE', 'INSTALL_TIMEOUT'],
  ...['JOURNAL_LIMIT_MB', 'RUN_OUTPUT_LIMIT_MB'],
  ...['KEEP_RUNS_DAYS', 'KEEP_RUNS_PER_JOB', 'KEEP_OUTPUT_MB'],
  ...['HTTP_PORT', 'HTTP_HOST', 'HTTP_ALLOWED_HOSTS', 'TRUST_PROXY'],
  ...['ADMIN_PASSWORD', 'ADMIN_PASSWORD_FILE', 'SECRET_ENV'],
  ...['SYNC_WEBHOOK_URL', 'SYNC_WEBHOOK_SECRET', 'SYNC_WEBHOOK_SECRET_FILE'],
  ...['LOG_FORMAT', 'LOG_LEVEL'],
  // Set alone it stops the start with a sentence, so none of a script's is taken silently.
  'OIDC_CLIENT_SECRET',
]);

/** What npm tells the commands that it starts. */
const OF_NPM = /^(npm_|INIT_CWD$)/;
/** Ours and git-sync's, with their credentials, and what npm tells the commands that it starts. */
const NOT_FOR_JOBS = /^(GITCRON_|GIT_SYNC_|npm_|INIT_CWD$)/;
/** Of installs alone, with the passwords of their registries. Two that look alike are of Node's libuv. */
const ONLY_FOR_INSTALLS = /^(YARN_|UV_(?!THREADPOOL_SIZE$|USE_IO_URING$)|COREPACK_)/;

/**
 * The environment that every job starts from: the container's, less what is the supervisor's own.
 * A job of another user gets that user's home directory: the supervisor's is closed to it.
 */
export function jobEnvironment(
  environment: Environment,
  user?: ProcessUser,
): Record<string, string> {
  return forJobs(
    environment,
    user,
    (name) => !TAKEN_FROM_JOBS.has(name) && !ONLY_FOR_INSTALLS.test(name),
  );
}

/**
 * The same for `gitcron cron`, which runs in an environment that is the jobs' own: a LOG_LEVEL or
 * an ADMIN_PASSWORD is theirs.
 */
export function cronJobEnvironment(
  environment: Environment,
  user?: ProcessUser,
): Record<string, string> {
  return forJobs(environment, user, (name) => name !== 'JOB_USER');
}

/** Of Gitcron's own jobs: they are commands of ours, and need what we were given. */
export function systemJobEnvironment(environment: Environment): Record<string, string> {
  return {
    ...pick(environment, (name) => !OF_NPM.test(name) && !RUN_VARIABLES.has(name)),
    PATH: commandPath(environment),
  };
}

function forJobs(
  environment: Environment,
  user: ProcessUser | undefined,
  isForJobs: (name: string) => boolean,
): Record<string, string> {
  return {
    ...pick(environment, (name) => isForJobs(name) && !NOT_FOR_JOBS.test(name)),
    ...(user && homeVariables(user)),
    PATH: commandPath(environment),
  };
}

/**
 * The environment of an install: what package managers read, and nothing that only jobs need,
 * because an install runs code of strangers.
 */
export function installEnvironment(environment: Environment): Record<string, string> {
  return {
    ...pick(environment, (name) => FOR_INSTALLS.test(name) && !OF_AN_OUTER_NPM.test(name)),
    PATH: commandPath(environment),
  };
}

const FOR_INSTALLS =
  /^(HOME|LANG|LC_\w+|TZ|TMPDIR|NODE_EXTRA_CA_CERTS|GIT_SSL_CAINFO|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE|SSL_CERT_\w+|PIP_\w+|NPM_\w+|PNPM_\w+|YARN_\w+|UV_\w+|COREPACK_HOME|npm_config_\w+|https?_proxy|no_proxy|all_proxy|HTTPS?_PROXY|NO_PROXY|ALL_PROXY)$/;

/** `npm start` tells its children where *its* project and files are; an inner npm must not believe it. */
const OF_AN_OUTER_NPM =
  /^npm_config_(local_prefix|prefix|global_prefix|workspace\w*|init_module|userconfig|globalconfig|cache|node_gyp|npm_version|user_agent)$/;

function pick(environment: Environment, wanted: (name: string) => boolean) {
  const entries = Object.entries(environment).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && wanted(entry[0]),
  );
  return Object.fromEntries(entries);
}
