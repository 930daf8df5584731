import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { HttpError } from '../problem.ts';
import type { Client } from './client.ts';

/** Wrong passwords of one client, and of one browser that has logged in before. */
const TRIES = { points: 10, duration: 5 * 60 };

/**
 * Of an address that many may share: they are not locked out for what one of them does, but slowed
 * down together. Passwords have at least 12 letters; a try a second finds none of them.
 */
const SHARED_TRIES = { points: 10, duration: 10 };

/** A try takes 16 MiB and 40 ms of a thread; others need threads, too. */
const TRIES_AT_ONCE = 2;
/** Strangers who wait for that; browsers that are known wait besides. */
const MOST_WAITING = 50;

export interface LogInTry {
  readonly client: Client;
  /** A browser that has logged in before. */
  readonly browser: string | null;
}

/** Limits how fast passwords can be guessed. */
export interface LogInLimit {
  /**
   * @param isRight asked when there may be a try; a wrong answer is counted.
   * @throws HttpError 429
   */
  try(one: LogInTry, isRight: () => Promise<boolean>): Promise<boolean>;
}

export function createLogInLimit(): LogInLimit {
  const limits = {
    alone: new RateLimiterMemory({ keyPrefix: 'alone', ...TRIES }),
    shared: new RateLimiterMemory({ keyPrefix: 'shared', ...SHARED_TRIES }),
  };
  const waiting: (() => void)[] = [];
  let working = 0;

  /** Takes a place ahead, so that tries at the same moment are counted, too. */
  async function take({ client, browser }: LogInTry): Promise<() => Promise<unknown>> {
    const counted = client.isShared ? limits.shared : limits.alone;
    const ways = [
      ...(browser === null ? [] : [{ limit: limits.alone, key: `browser ${browser}` }]),
      { limit: counted, key: client.name },
    ];
    let waitMs = 0;
    for (const { limit, key } of ways) {
      try {
        await limit.consume(key);
        return () => limit.reward(key);
      } catch (error) {
        if (!(error instanceof RateLimiterRes)) throw error;
        waitMs = error.msBeforeNext;
      }
    }
    throw tooManyTries(Math.max(1, Math.ceil(waitMs / 1000)));
  }

  async function inTurn<Result>(isKnown: boolean, work: () => Promise<Result>): Promise<Result> {
    if (working >= TRIES_AT_ONCE) {
      await new Promise<void>((resolve) => {
        if (isKnown) waiting.unshift(resolve);
        else waiting.push(resolve);
      });
    } else {
      working += 1;
    }
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) working -= 1;
      else next();
    }
  }

  return {
    async try(one, isRight) {
      // Ahead of the count, which would grow with every address there is.
      if (one.browser === null && waiting.length >= MOST_WAITING) throw tooManyTries(1);
      const giveBack = await take(one);
      const right = await inTurn(one.browser !== null, isRight);
      if (right) await giveBack();
      return right;
    },
  };
}

function tooManyTries(retryAfterSec: number): HttpError {
  return new HttpError(429, 'GITCRON_E_TOO_MANY_TRIES', 'Too many tries to log in.', {
    hint: `Wait ${retryAfterSec} s and try again. Commands on the machine itself need no log-in (gitcron status), and tokens work on. Behind a proxy set TRUST_PROXY, so that clients are told apart.`,
    retryAfterSec,
  });
}
