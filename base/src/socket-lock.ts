import { randomBytes } from 'node:crypto';
import { chmod, readdir, rename, rm, symlink } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

/** Between two looks at a rival that is about to give way. */
const LOOK_AGAIN_MS = 10;
/** Longer than a rival on a busy machine needs to give way. */
const PATIENCE_MS = 10_000;

/** Ours until it is released, or until this process dies, however it dies. */
export interface SocketLock {
  release(): Promise<void>;
}

/**
 * Takes a lock that is a listening Unix socket: the kernel ends it with the process, also after
 * kill -9, and unlike a process id it means the same in every container that mounts its directory.
 *
 * A dead holder's socket stays behind, and between seeing that it is dead and deleting it another
 * process may have put a live one in its place. So nothing that could be alive is ever deleted:
 *
 * - Each contender listens under a name of its own, which is never used again: `x.sock` is contended
 *   for by `x.<6 hex digits>`. It gets that name by a rename when it listens already, so a name that
 *   refuses connections is a dead process's and can be deleted at any time.
 * - A contender looks at the others only when its own name is there to be seen. Of two that overlap,
 *   one at least sees the other. Whoever sees nobody alive holds the lock.
 * - Of contenders that see each other the one whose name sorts first stays, the others give way.
 *
 * The holder points `path` at its socket, for those who want to talk to it.
 *
 * @param path ends in `.sock`; two bytes less than sockaddr_un allows (unix(7): 107, on a Mac 103)
 * @param onConnection whoever looks whether the lock is held connects, and hangs up again
 * @returns null when another one holds it, or is about to
 * @throws the error of the system call; one with the syscall `listen` where there can be no socket
 */
export async function takeSocketLock(
  path: string,
  onConnection: (socket: Socket) => void,
): Promise<SocketLock | null> {
  if (await isAnswered(path)) return null;
  const stem = path.replace(/\.sock$/, '');
  const id = randomBytes(3).toString('hex');
  const [hidden, name] = [`${stem}-${id}`, `${stem}.${id}`];
  const server = await listen(hidden, onConnection);
  const withdraw = async () => {
    await removeIfWritable(name);
    await new Promise((resolve) => server.close(resolve));
  };
  try {
    if (!((await announce(hidden, name)) && (await outlast(path, stem, name)))) {
      await withdraw();
      return null;
    }
    await sweepHidden(stem);
    await symlink(basename(name), hidden);
    await rename(hidden, path);
  } catch (error) {
    await withdraw();
    throw error;
  }
  return {
    release: async () => {
      await removeIfWritable(path);
      await withdraw();
    },
  };
}

/** A volume may be read-only by now. A socket that nobody answers is taken over by the next. */
async function removeIfWritable(path: string): Promise<void> {
  await rm(path, { force: true }).catch(() => {});
}

/** @returns false when somebody got the lock, and swept us away, before we could be seen. */
async function announce(hidden: string, name: string): Promise<boolean> {
  try {
    // Node makes it writable for its owner only; this takes the right to look at it as well.
    await chmod(hidden, 0o600);
    await rename(hidden, name);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
}

/** @returns whether we are the only one left. */
async function outlast(path: string, stem: string, name: string): Promise<boolean> {
  const deadline = performance.now() + PATIENCE_MS;
  while (performance.now() < deadline) {
    const rivals = await livingRivals(stem, name);
    // Also a holder that does not contend under names: an earlier version of this program.
    if (await isAnswered(path)) return false;
    if (rivals.length === 0) return true;
    if (rivals.some((rival) => rival < name)) return false;
    await setTimeout(LOOK_AGAIN_MS);
  }
  return false;
}

async function livingRivals(stem: string, name: string): Promise<string[]> {
  const living: string[] = [];
  for (const rival of await namesLike(stem, '.')) {
    if (rival === name) continue;
    if (await isAnswered(rival)) living.push(rival);
    else await rm(rival, { force: true });
  }
  return living;
}

/**
 * What processes left that died before they had a name. For the holder: it may hit one that is alive
 * and does not listen yet, which could not get the lock any more.
 */
async function sweepHidden(stem: string): Promise<void> {
  for (const hidden of await namesLike(stem, '-')) {
    if (!(await isAnswered(hidden))) await rm(hidden, { force: true });
  }
}

async function namesLike(stem: string, separator: '.' | '-'): Promise<string[]> {
  const prefix = `${basename(stem)}${separator}`;
  const directory = dirname(stem);
  return (await readdir(directory))
    .filter((file) => file.startsWith(prefix) && /^[0-9a-f]{6}$/.test(file.slice(prefix.length)))
    .map((file) => join(directory, file));
}

function listen(path: string, onConnection: (socket: Socket) => void): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer(onConnection);
    server.once('error', reject);
    server.listen(path, () => resolve(server.unref()));
  });
}

/** The last one: nobody can listen under a name that is too long, as `listen` is going to say. */
const NOBODY_LISTENS: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ENOENT', 'EINVAL']);

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (NOBODY_LISTENS.has(error.code ?? '')) resolve(false);
      // Somebody listens and has not kept up with those who ask, or did until this moment.
      else if (error.code === 'EAGAIN' || error.code === 'ECONNRESET') resolve(true);
      else reject(error);
    });
  });
}
