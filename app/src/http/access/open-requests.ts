import type { ServerResponse } from 'node:http';
import { HttpError } from '../problem.ts';
import type { AccessFile } from './access-file.ts';

/** Tokens and log-ins run out without anybody changing anything. */
const LOOK_EVERY_MS = 1000;

/**
 * Requests that are being answered for longer: live output, waiting for a run, downloads. Whoever
 * asked was checked at the beginning, and is checked again whenever access changes and every second.
 */
export interface OpenRequests {
  /**
   * @param isAllowed whether whoever asked still may.
   * @returns aborts with an HttpError when they may not any more.
   */
  watch(response: ServerResponse, isAllowed: () => boolean): AbortSignal;
  close(): void;
}

export function createOpenRequests(file: AccessFile): OpenRequests {
  const open = new Map<ServerResponse, { isAllowed: () => boolean; lost: AbortController }>();
  let timer: NodeJS.Timeout | null = null;

  function look(): void {
    for (const [response, { isAllowed, lost }] of open) {
      if (isAllowed()) continue;
      open.delete(response);
      lost.abort(accessEnded());
    }
    if (open.size > 0 || timer === null) return;
    clearInterval(timer);
    timer = null;
  }

  const forget = file.onChange(look);
  return {
    watch(response, isAllowed) {
      const lost = new AbortController();
      if (response.closed) return lost.signal;
      open.set(response, { isAllowed, lost });
      response.once('close', () => open.delete(response));
      timer ??= setInterval(look, LOOK_EVERY_MS).unref();
      return lost.signal;
    },
    close() {
      forget();
      if (timer !== null) clearInterval(timer);
    },
  };
}

function accessEnded(): HttpError {
  const sentence = 'The right to this answer ended before it did.';
  return new HttpError(401, 'GITCRON_E_ACCESS_ENDED', sentence, {
    hint: 'The token was revoked or has expired, or the log-in ended. What was started goes on. Ask again with another token, or log in.',
  });
}
