import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CodedError } from './errors.ts';

/** Held by the one process that may write a directory. */
export interface SupervisorLock {
  release(): Promise<void>;
}

/**
 * Takes the lock of a directory. It is a socket that the process listens on, so it ends with the
 * process however that ends; a file with a process id would not.
 *
 * @throws CodedError GITCRON_E_ALREADY_RUNNING
 */
export async function takeSupervisorLock(directory: string): Promise<SupervisorLock> {
  const hash = createHash('sha256').update(directory).digest('hex').slice(0, 16);
  // Not in the directory itself: a socket's path may have 107 bytes at most (unix(7)).
  const path = join(tmpdir(), `gitcron-${hash}.sock`);
  const server = (await listen(path)) ?? (await listenInPlaceOfDead(path));
  if (server === null) {
    throw new CodedError('GITCRON_E_ALREADY_RUNNING', 'Gitcron is running here already.', {
      place: directory,
      hint: 'Stop the other one first, or give this one a directory of its own with STATE_DIR (npm start: --state).',
    });
  }
  server.unref();
  return {
    release: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

async function listenInPlaceOfDead(path: string): Promise<Server | null> {
  if (await isAnswered(path)) return null;
  await rm(path, { force: true });
  return listen(path);
}

/** @returns null when the path is taken. */
function listen(path: string): Promise<Server | null> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(null);
      else reject(error);
    });
    server.listen(path, () => resolve(server));
  });
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
