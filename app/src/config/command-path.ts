import { delimiter, dirname } from 'node:path';
import type { Environment } from '@gitcron/base/environment';

/** Directories that `npm start` and `npx` put in front for their own commands. */
const OF_NPM = /[/\\]node_modules[/\\]\.bin$|[/\\]node-gyp-bin$/;

/** Where programs are when nothing says where. */
export const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * The PATH of jobs and installs: first the Node that runs the supervisor, so that `node` means one
 * thing everywhere and native modules are built for what runs them, then the system's own.
 */
export function commandPath(environment: Environment): string {
  const own = (environment['PATH'] ?? SYSTEM_PATH)
    .split(delimiter)
    .filter((directory) => directory !== '' && !OF_NPM.test(directory));
  return [dirname(process.execPath), ...own].join(delimiter);
}
