import { listenToHouse } from './house-stream.ts';
import type { News } from './news.ts';

/**
 * One line to the house for all tabs of a browser: HTTP/1.1 gives it six connections to a server.
 * The tab that holds the lock listens and passes on what it hears; a tab that is hidden lets go.
 * Without Web Locks (plain http by address) a tab that is seen asks again and again.
 */
export interface HouseLine {
  close(): void;
}

export interface LineListener {
  onNews(news: News): void;
  onConnection(state: Connection): void;
}

/** `asking`: there is no stream, so everything is asked for anew now and then. */
export type Connection = 'connecting' | 'live' | 'lost' | 'asking';

type Passed =
  | { readonly kind: 'news'; readonly news: News; readonly place: string }
  | { readonly kind: 'connection'; readonly isThere: boolean }
  /** Whoever is new asks how the line is. */
  | { readonly kind: 'how' };

const LOCK = 'gitcron-house-line';
const ASK_AGAIN_MS = 2000;

/** Hidden for longer, a tab may have been frozen and have missed what was passed on. */
const FROZEN_AFTER_MS = 30_000;

export function openHouseLine(listener: LineListener): HouseLine {
  if (!('locks' in navigator)) return askAgainAndAgain(listener);
  const channel = new BroadcastChannel(LOCK);
  const closed = new AbortController();
  let turn: AbortController | null = null;
  let place = '';
  let isThere = false;
  let hiddenAt: number | null = document.hidden ? Date.now() : null;

  function hear(passed: Passed): void {
    if (passed.kind === 'how') {
      if (turn !== null && isThere) channel.postMessage({ kind: 'connection', isThere });
      return;
    }
    if (passed.kind === 'connection') {
      listener.onConnection(passed.isThere ? 'live' : 'lost');
      return;
    }
    place = passed.place;
    listener.onNews(passed.news);
  }

  function pass(passed: Passed): void {
    channel.postMessage(passed);
    hear(passed);
  }

  /** Waits for the lock; holds it while this tab is seen. */
  function takePart(): void {
    if (document.hidden || turn !== null || closed.signal.aborted) return;
    const mine = new AbortController();
    turn = mine;
    navigator.locks
      .request(LOCK, { signal: mine.signal }, () =>
        listenToHouse(
          place,
          {
            onNews: (news, at) => pass({ kind: 'news', news, place: at }),
            onConnection(there) {
              isThere = there;
              pass({ kind: 'connection', isThere: there });
            },
          },
          mine.signal,
        ),
      )
      // It was let go while it waited.
      .catch(() => {});
  }

  function letGo(): void {
    turn?.abort();
    turn = null;
    isThere = false;
  }

  function onVisibility(): void {
    if (document.hidden) {
      hiddenAt = Date.now();
      letGo();
      return;
    }
    const wasAwayMs = hiddenAt === null ? 0 : Date.now() - hiddenAt;
    hiddenAt = null;
    if (wasAwayMs > FROZEN_AFTER_MS) listener.onNews({ name: 'reset', data: {} });
    takePart();
  }

  channel.addEventListener('message', ({ data }: MessageEvent<Passed>) => hear(data));
  document.addEventListener('visibilitychange', onVisibility);
  listener.onConnection('connecting');
  channel.postMessage({ kind: 'how' });
  takePart();
  return {
    close() {
      closed.abort();
      letGo();
      document.removeEventListener('visibilitychange', onVisibility);
      channel.close();
    },
  };
}

function askAgainAndAgain(listener: LineListener): HouseLine {
  listener.onConnection('asking');
  const timer = setInterval(() => {
    if (!document.hidden) listener.onNews({ name: 'reset', data: {} });
  }, ASK_AGAIN_MS);
  return { close: () => clearInterval(timer) };
}
