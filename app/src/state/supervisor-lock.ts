import { takeSocketLock } from '@gitcron/base/socket-lock';
import type { Socket } from 'node:net';
import { controlSocketPath } from './control-socket.ts';
import { CodedError } from '@gitcron/base/coded-error';

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
 * Takes the lock of a directory. It ends with the process however that ends; a file with a process
 * id would not.
 *
 * @throws CodedError GITCRON_E_ALREADY_RUNNING
 */
export async function takeSupervisorLock(directory: string): Promise<SupervisorLock> {
  const path = controlSocketPath(directory);
  const open = new Set<Socket>();
  let answer = closeAtOnce;
  const lock = await takeSocketLock(path, (socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    socket.on('error', () => {});
    answer(socket);
  }).catch((error: unknown) => {
    throw noSocket(path, error);
  });
  if (lock === null) {
    throw new CodedError('GITCRON_E_ALREADY_RUNNING', 'Gitcron is running here already.', {
      place: directory,
      hint: 'Stop the other one first, or give this one a directory of its own (npm start, gitcron cron: --state; gitcron supervise outside of the stack: STATE_DIR).',
    });
  }
  return {
    serve: (given) => {
      answer = given;
    },
    release: () => {
      for (const socket of open) socket.destroy();
      return lock.release();
    },
  };
}

function closeAtOnce(socket: Socket): void {
  socket.destroy();
}

function noSocket(path: string, cause: unknown): CodedError {
  return new CodedError('GITCRON_E_CONTROL_SOCKET', 'The control socket cannot be made.', {
    place: path,
    hint: 'The state directory has to be one that this user may write to, on a file system that takes sockets.',
    cause,
  });
}
