import { chmod, rm } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { controlSocketPath } from './config/control-socket.ts';
import { CodedError } from './errors.ts';

/**
 * Held by the one process that may write a directory, and how commands on the same machine talk
 * to it: whoever may open the socket is its owner or root.
 */
export interface SupervisorLock {
  /** From now on connections are answered; until then they are closed at once. */
  serve(answer: (socket: Socket) => void): void;
  release(): Promise<void>;
}

/**
 * Takes the lock of a directory. It is a socket that the process listens on, so it ends with the
 * process however that ends; a file with a process id would not.
 *
 * @throws CodedError GITCRON_E_ALREADY_RUNNING
 */
export async function takeSupervisorLock(directory: string): Promise<SupervisorLock> {
  const path = controlSocketPath(directory);
  const server = (await listen(path)) ?? (await listenInPlaceOfDead(path));
  if (server === null) {
    throw new CodedError('GITCRON_E_ALREADY_RUNNING', 'Gitcron is running here already.', {
      place: directory,
      hint: 'Stop the other one first, or give this one a directory of its own with STATE_DIR (npm start: --state).',
    });
  }
  // Node makes it writable for its owner only; this takes the right to look at it as well.
  await chmod(path, 0o600);
  const open = new Set<Socket>();
  let answer = closeAtOnce;
  server.on('connection', (socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    socket.on('error', () => {});
    answer(socket);
  });
  server.unref();
  return {
    serve: (given) => {
      answer = given;
    },
    release: () => {
      for (const socket of open) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function closeAtOnce(socket: Socket): void {
  socket.destroy();
}

async function listenInPlaceOfDead(path: string): Promise<Server | null> {
  if (await isAnswered(path)) return null;
  await rm(path, { force: true });
  return listen(path);
}

/** @returns null when the path is taken. */
function listen(path: string): Promise<Server | null> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(null);
      else reject(noSocket(path, error));
    });
    server.listen(path, () => resolve(server));
  });
}

function noSocket(path: string, cause: Error): CodedError {
  return new CodedError('GITCRON_E_CONTROL_SOCKET', 'The control socket cannot be made.', {
    place: path,
    hint: 'STATE_DIR has to be a directory that this user may write to, on a file system that takes sockets.',
    cause,
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
