import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { CodedError } from './coded-error.ts';
import type { Logger } from './log.ts';
import type { Volume } from './volume.ts';

/** Ours until it is released, or until this process dies, however it dies. */
export interface Hold {
  release(): Promise<void>;
}

/**
 * Keeps two git-syncs from sweeping away each other's half-made trees.
 *
 * A listening Unix socket is the lock: the kernel ends it with the process, also after kill -9, and
 * unlike a process id it means the same in every container that mounts the volume.
 *
 * @throws CodedError GITCRON_E_VOLUME_BUSY while another one holds it; ask again later.
 */
export async function holdVolume(volume: Volume, log: Logger): Promise<Hold> {
  const server = createServer((socket) => void socket.destroy());
  try {
    await listen(server, volume.lock);
  } catch (error) {
    if (codeOf(error) !== 'EADDRINUSE') {
      // Some shared file systems have no sockets, and a path may be too long for one.
      log.debug({ error: String(error) }, 'this volume cannot be locked');
      return { release: async () => {} };
    }
    if (await isAnswered(volume.lock)) throw busy(volume);
    await rm(volume.lock, { force: true });
    await listen(server, volume.lock);
  }
  server.unref();
  return {
    release: async () => {
      server.close();
      await once(server, 'close');
    },
  };
}

async function listen(server: Server, path: string): Promise<void> {
  server.listen(path);
  await once(server, 'listening');
}

async function isAnswered(path: string): Promise<boolean> {
  const socket = connect(path);
  try {
    await once(socket, 'connect');
    return true;
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ECONNREFUSED' || code === 'ENOENT') return false;
    throw error;
  } finally {
    socket.destroy();
  }
}

function busy(volume: Volume): CodedError {
  return new CodedError('GITCRON_E_VOLUME_BUSY', 'Another git-sync works on this volume.', {
    place: volume.root,
    hint: 'Stop the other one, or give this one its own GIT_SYNC_ROOT. It takes over when the other ends.',
  });
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
