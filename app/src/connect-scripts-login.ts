import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '@gitcron/base/clock';
import type { Logger } from '@gitcron/base/log';
import { isSameServer, loginOf } from './record/scripts-login/login.ts';
import { LoginWatch, type LockedOut } from './record/scripts-login/watch-login.ts';

/** A database that is away must not hold up the start. */
const FIRST_LOOK_MS = 3000;

export interface ConnectScriptsLoginOptions {
  /** Ours. */
  readonly databaseUrl: string | undefined;
  /** What the jobs of the repository were to be given. */
  readonly jobEnvironment: Readonly<Record<string, string>>;
  readonly logger: Logger;
}

export interface ConnectedScriptsLogin {
  /** Jobs that start after it know the right database, if there was one to ask. */
  start(): Promise<void>;
  stop(): void;
  lockedOut(): LockedOut | null;
  /** What they are given: with another `DATABASE_URL` where a volume of before needs one. */
  jobEnvironment(): Readonly<Record<string, string>>;
}

/** Where jobs log in to our own server, sees that they can. */
export function connectScriptsLogin(options: ConnectScriptsLoginOptions): ConnectedScriptsLogin {
  const { databaseUrl, logger } = options;
  let { jobEnvironment } = options;
  const scriptsUrl = jobEnvironment['DATABASE_URL'] ?? '';
  if (databaseUrl === undefined || !isOnOurServer(databaseUrl, scriptsUrl)) {
    return {
      start: async () => {},
      stop: () => {},
      lockedOut: () => null,
      jobEnvironment: () => jobEnvironment,
    };
  }
  const watch = new LoginWatch({
    ourUrl: databaseUrl,
    scriptsUrl,
    clock: systemClock,
    logger,
    onUrl: (url) => {
      jobEnvironment = { ...jobEnvironment, DATABASE_URL: url };
    },
  });
  return {
    async start(): Promise<void> {
      const waiting = new AbortController();
      const patience = delay(FIRST_LOOK_MS, undefined, waiting).catch(() => {});
      await Promise.race([watch.start(), patience]);
      waiting.abort();
    },
    stop: () => watch.stop(),
    lockedOut: () => watch.lockedOut,
    jobEnvironment: () => jobEnvironment,
  };
}

/** What jobs are given is theirs: whatever it is, the supervisor starts. */
function isOnOurServer(ours: string, scripts: string): boolean {
  if (!/^postgres(ql)?(\+\w+)?:\/\//.test(scripts)) return false;
  try {
    return isSameServer(ours, scripts) && loginOf(ours).role !== loginOf(scripts).role;
  } catch {
    return false;
  }
}
