import { commandPath } from './command-path.ts';
import type { Environment } from './settings.ts';

/** What belongs to the supervisor alone; everything else of the container reaches the jobs. */
const SUPERVISOR_ONLY = /^(GITCRON_|JOB_USER$|INSTALL_|SOURCE_DIR$|STATE_DIR$|LOG_|npm_)/;

/** The environment that every job starts from: the container's, less what is the supervisor's own. */
export function jobEnvironment(environment: Environment): Record<string, string> {
  const entries = Object.entries(environment).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !SUPERVISOR_ONLY.test(entry[0]),
  );
  return { ...Object.fromEntries(entries), PATH: commandPath(environment) };
}

/**
 * The environment of an install: what package managers read, and nothing that only jobs need,
 * because an install runs code of strangers.
 */
export function installEnvironment(environment: Environment): Record<string, string> {
  const entries = Object.entries(environment).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && FOR_INSTALLS.test(entry[0]) && !OF_AN_OUTER_NPM.test(entry[0]),
  );
  return { ...Object.fromEntries(entries), PATH: commandPath(environment) };
}

const FOR_INSTALLS =
  /^(LANG|LC_\w+|TZ|TMPDIR|NODE_EXTRA_CA_CERTS|SSL_CERT_\w+|PIP_\w+|NPM_\w+|PNPM_\w+|npm_config_\w+|https?_proxy|no_proxy|all_proxy|HTTPS?_PROXY|NO_PROXY|ALL_PROXY)$/;

/** `npm start` tells its children where *its* project is; an inner npm must not believe it. */
const OF_AN_OUTER_NPM =
  /^npm_config_(local_prefix|prefix|global_prefix|workspace\w*|init_module)$/i;
