import { EventSourceParserStream } from 'eventsource-parser/stream';
import { goToLogIn } from '../api/request.ts';
import { newsOf, type News } from './news.ts';

/** The server sends at least a comment every 20 s: whoever hears nothing for longer is cut off. */
const SILENCE_MS = 45_000;
const AGAIN_MS = 2000;

export interface HouseListener {
  readonly onNews: (news: News, place: string) => void;
  readonly onConnection: (isThere: boolean) => void;
}

/**
 * Listens to the house until told to stop, over however many connections that takes. After a break
 * it goes on behind the last thing it heard; what is too long ago comes as `reset`.
 * @param place the id of the last event that was heard; empty for none.
 */
export async function listenToHouse(
  place: string,
  listener: HouseListener,
  signal: AbortSignal,
): Promise<void> {
  let heard = place;
  while (!signal.aborted) {
    await listenOnce(heard, signal, {
      onConnection: listener.onConnection,
      onNews(news, at) {
        heard = at;
        listener.onNews(news, at);
      },
    }).catch(() => {});
    if (signal.aborted) return;
    listener.onConnection(false);
    await pause(AGAIN_MS, signal);
  }
}

async function listenOnce(
  place: string,
  signal: AbortSignal,
  listener: HouseListener,
): Promise<void> {
  const silent = new AbortController();
  let deadline = setTimeout(() => silent.abort(), SILENCE_MS);
  const heardSomething = (): void => {
    clearTimeout(deadline);
    deadline = setTimeout(() => silent.abort(), SILENCE_MS);
  };
  try {
    const answer = await fetch('/api/v1/stream', {
      headers: { accept: 'text/event-stream', ...(place === '' ? {} : { 'last-event-id': place }) },
      signal: AbortSignal.any([signal, silent.signal]),
    });
    if (answer.status === 401) goToLogIn();
    if (!answer.ok || answer.body === null) return;
    listener.onConnection(true);
    const events = answer.body
      .pipeThrough(new TextDecoderStream())
      .pipeThrough(new EventSourceParserStream({ onComment: heardSomething }));
    const reader = events.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      heardSomething();
      const news = newsOf(value.event, value.data);
      if (news !== null) listener.onNews(news, value.id ?? '');
    }
  } finally {
    clearTimeout(deadline);
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
