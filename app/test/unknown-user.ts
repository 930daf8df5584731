import { spawnSync } from 'node:child_process';

/** Starts what comes behind it as a user whom /etc/passwd does not know. */
export const AS_UNKNOWN_USER = ['setpriv', '--reuid=54321', '--regid=54321', '--clear-groups'];

/** We may become that user, who may have a user namespace and read this project. */
export const canBeUnknownUser =
  spawnSync('setpriv', [
    ...AS_UNKNOWN_USER.slice(1),
    ...['unshare', '--user', 'cat', import.meta.filename],
  ]).status === 0;
