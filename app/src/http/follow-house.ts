import type { Logger } from '@gitcron/base/log';
import { errorFields } from '@gitcron/base/error-fields';
import type { EventStream } from './event-streams.ts';
import { END_ID, type Followers } from './followers.ts';
import type { HouseNews } from './house-news.ts';

/** Where a follower was, as the id of the last event says: `start.number`, then what of a run. */
const PLACE = /^([0-9a-f]+\.\d+)(?:\.(\d{1,9}|end))?$/;

export interface HouseFollowing {
  /** Of the last event that was seen; empty for who is new. */
  readonly lastId: string;
  /** The run whose output comes with it; null for none. */
  readonly runId: string | null;
}

/**
 * Sends what happens in the house for as long as somebody reads it. Each reads the news at their
 * own pace; who comes too late for them, or for the first time, gets `reset` and reads anew.
 */
export async function followHouse(
  stream: EventStream,
  { lastId, runId }: HouseFollowing,
  { news, followers, logger }: { news: HouseNews; followers: Followers; logger: Logger },
): Promise<void> {
  const { buffer } = news;
  const [, place = '', ofRun = '0'] = PLACE.exec(lastId) ?? [];
  let number = buffer.numberAt(place);
  let seen = ofRun;
  const id = (): string => `${buffer.placeOf(number ?? buffer.end)}.${seen}`;

  async function sendNews(): Promise<void> {
    for (;;) {
      const next = number === null ? null : buffer.after(number);
      if (next === null) {
        number = buffer.end;
        await stream.send(`id: ${id()}\nevent: reset\ndata: {}\n\n`);
        continue;
      }
      if (next.length === 0) return;
      for (const { number: at, name, data } of next) {
        if (stream.ending.aborted) return;
        number = at;
        await stream.send(`id: ${id()}\nevent: ${name}\ndata: ${data}\n\n`);
      }
    }
  }

  async function sendOutput(): Promise<void> {
    if (runId === null || seen === END_ID) return;
    const idOf = (at: number | typeof END_ID): string => {
      seen = String(at);
      return id();
    };
    await followers
      .sendRun(stream, { runId, after: Number(seen) }, idOf)
      .catch((error: unknown) => {
        // The database went away in between: the follower comes back for the rest.
        logger.debug(errorFields(error), `A follower of run ${runId} was sent away.`);
        stream.end();
      });
  }

  let wake = Promise.withResolvers<void>();
  const stop = news.follow(() => wake.resolve());
  const leave = (): void => wake.resolve();
  stream.ending.addEventListener('abort', leave);
  try {
    await sendNews();
    const output = sendOutput();
    while (!stream.ending.aborted) {
      await wake.promise;
      wake = Promise.withResolvers();
      if (!stream.ending.aborted) await sendNews();
    }
    await output;
  } finally {
    stop();
    stream.ending.removeEventListener('abort', leave);
  }
}
