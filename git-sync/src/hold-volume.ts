import { CodedError } from '@gitcron/base/coded-error';
import type { Logger } from '@gitcron/base/log';
import { takeSocketLock, type SocketLock } from '@gitcron/base/socket-lock';
import type { Volume } from './volume.ts';

/** Ours until it is released, or until this process dies, however it dies. */
export type Hold = SocketLock;

/**
 * Keeps two git-syncs from sweeping away each other's half-made trees.
 *
 * @throws CodedError GITCRON_E_VOLUME_BUSY while another one holds it; ask again later.
 */
export async function holdVolume(volume: Volume, log: Logger): Promise<Hold> {
  const lock = await takeSocketLock(volume.lock, (socket) => void socket.destroy()).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.syscall !== 'listen') throw error;
      // Some shared file systems have no sockets, and a path may be too long for one.
      log.debug({ error: String(error) }, 'this volume cannot be locked');
      return { release: async () => {} };
    },
  );
  if (lock !== null) return lock;
  throw new CodedError('GITCRON_E_VOLUME_BUSY', 'Another git-sync works on this volume.', {
    place: volume.root,
    hint: 'Stop the other one, or give this one a volume of its own (outside of the stack: GIT_SYNC_ROOT). It takes over when the other ends.',
  });
}
