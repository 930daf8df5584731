/**
 * May the containers read what they are given of this directory? A clone that was made with a strict
 * umask, or a key that its owner alone may read, stops a container with words about something else.
 * Plain JavaScript without packages.
 */
import { readdirSync, statSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';

const GIT_SYNC = 1002;
const POSTGRES = 999;
const JOBS_AND_INSTALLS = [1000, 1001];

const FOR_ALL = ['postgresql.conf', 'pg_hba.conf', 'initdb'];

/** Docker's virtual machines and user namespaces show other owners than this machine. */
const areOwnersReal =
  process.platform === 'linux' &&
  !release().includes('linuxkit') &&
  !/\/run\/user\//.test(process.env.DOCKER_HOST ?? '');

/** @returns {string[]} what the database's container could not read. */
export function judgeDatabaseFiles(project) {
  if (!areOwnersReal) return [];
  const closed = FOR_ALL.flatMap((name) => listOf(project, name)).filter(
    (path) => !mayRead(join(project, path), POSTGRES),
  );
  return closed.length === 0
    ? []
    : [
        `${closed.join(', ')}: the database (user ${POSTGRES}) may not read it, mostly because of a strict umask: chmod -R a+rX ${FOR_ALL.join(' ')}`,
      ];
}

/** @returns {string | null} why git-sync cannot read its file, which is relative to the project. */
export function judgeFileOfSync(project, path) {
  if (!areOwnersReal || isReachable(project, path, GIT_SYNC)) return null;
  const closed = directoriesOf(path).find((one) => !mayEnter(join(project, one), GIT_SYNC));
  return closed === undefined
    ? `git-sync (user ${GIT_SYNC}) may not read ${path}: sudo chown ${GIT_SYNC} ${path} && sudo chmod 400 ${path}`
    : `git-sync (user ${GIT_SYNC}) may not enter ${closed}: chmod a+x ${closed}`;
}

/** @returns {string | null} why the app cannot read its file, or why it refuses it. */
export function judgeFileOfApp(project, path) {
  if (!areOwnersReal) return null;
  const mend = `sudo chown 0:0 ${path} && sudo chmod 400 ${path}`;
  // The supervisor is root, but one that may not pass over the rights of others' files.
  if (!isReachable(project, path, 0)) {
    const closed = directoriesOf(path).find((one) => !mayEnter(join(project, one), 0));
    if (closed !== undefined) return `The app may not enter ${closed}: chmod a+x ${closed}`;
    return `The app may not read ${path}: ${mend}`;
  }
  return JOBS_AND_INSTALLS.some((user) => isReachable(project, path, user))
    ? `Jobs or installs could read ${path}, so it is refused: ${mend}`
    : null;
}

/** @returns {string | null} why a certificate is not read by all who need it. */
export function judgeCertificate(project, path) {
  const users = [0, GIT_SYNC, ...JOBS_AND_INSTALLS];
  if (!areOwnersReal || users.every((user) => isReachable(project, path, user))) return null;
  return `Not everybody who needs ${path} may read it: chmod a+rx certificates && chmod 644 ${path}`;
}

function isReachable(project, path, user) {
  return (
    directoriesOf(path).every((one) => mayEnter(join(project, one), user)) &&
    mayRead(join(project, path), user)
  );
}

/** Those that are mounted with it, from the first below the project on. */
function directoriesOf(path) {
  const parts = path.split('/').slice(0, -1);
  const all = parts.map((_, at) => parts.slice(0, at + 1).join('/'));
  // The app is given secrets/app and does not come by secrets/.
  return all.includes('secrets/app') ? all.filter((one) => one !== 'secrets') : all;
}

function listOf(project, name) {
  const found = statSync(join(project, name), { throwIfNoEntry: false });
  if (found === undefined) return [];
  if (!found.isDirectory()) return [name];
  try {
    return [
      name,
      ...readdirSync(join(project, name)).flatMap((one) => listOf(project, `${name}/${one}`)),
    ];
  } catch {
    return [name];
  }
}

function mayRead(path, user) {
  const found = statSync(path);
  return may(found, user, found.isDirectory() ? 0o5 : 0o4);
}

function mayEnter(path, user) {
  return may(statSync(path), user, 0o1);
}

/** As the kernel judges it for a user whose group has the same number, and who has no capabilities. */
function may({ uid, gid, mode }, user, wanted) {
  const rights = uid === user ? mode >> 6 : gid === user ? mode >> 3 : mode;
  return (rights & wanted) === wanted;
}
