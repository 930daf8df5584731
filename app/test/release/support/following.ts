import { pino } from 'pino';
import { onTestFinished } from 'vitest';
import { jobEnvironment, installEnvironment } from '../../../src/config/job-environment.ts';
import { CodedError } from '@gitcron/base/coded-error';
import type { ReleaseEvent } from '../../../src/events.ts';
import type { FileContent } from '../../../src/release/content-hash.ts';
import type { InstallOptions } from '../../../src/release/dependencies/run-install.ts';
import { SourceFollower, type FollowOptions } from '../../../src/release/follow-source.ts';
import { stateVolume, type StateVolume } from '../../../src/release/state-volume.ts';
import type { NpmRegistry } from './npm-registry.ts';
import { until } from '../../../../base/test/until.ts';

type EventType = ReleaseEvent['type'];
type EventOf<Type extends EventType> = Extract<ReleaseEvent, { type: Type }>;

interface Activated {
  readonly revision: string;
  /** Null when the schedule stayed as it was. */
  readonly crontab: string | null;
}

/** A SourceFollower at work, with all that it told. */
export interface Following {
  readonly follower: SourceFollower<string>;
  /** Each crontab that was parsed, in order. */
  readonly parsed: readonly string[];
  readonly volume: StateVolume;
  readonly activated: readonly Activated[];
  /** How often no release was to be current any more. */
  readonly withdrawn: () => number;
  readonly log: readonly string[];
  readonly events: <Type extends EventType>(type: Type) => EventOf<Type>[];
  readonly untilCurrent: (revision: string) => Promise<unknown>;
  readonly untilRejected: (revision: string) => Promise<EventOf<'revision_rejected'>>;
  readonly stop: () => Promise<void>;
}

export interface FollowingOptions {
  readonly source: string;
  readonly state: string;
  readonly registry?: NpmRegistry;
  readonly environment?: Readonly<Record<string, string>>;
  readonly change?: Partial<FollowOptions<string>>;
  readonly install?: Partial<InstallOptions>;
}

/** Longer than any test: what happens, happens by events. */
const NO_POLL_MS = 3_600_000;

export async function follow(options: FollowingOptions): Promise<Following> {
  const { source, state, registry, environment = {}, change = {}, install = {} } = options;
  const events: ReleaseEvent[] = [];
  const activated: Activated[] = [];
  const parsed: string[] = [];
  const log: string[] = [];
  let withdrawals = 0;
  const logger = pino({ level: 'debug', base: null }, { write: (line: string) => log.push(line) });
  const volume = stateVolume(state);
  const whole = {
    ...process.env,
    // npm's own patience would take longer than the test.
    NPM_CONFIG_FETCH_RETRIES: '0',
    ...(registry && { NPM_CONFIG_REGISTRY: registry.url }),
    NPM_CONFIG_CACHE: `${state}-npm-cache`,
    ...environment,
  };
  const follower = new SourceFollower({
    volume,
    sourceDirectory: source,
    packageFile: 'package.json',
    cronFile: 'app/crontab.txt',
    pollMs: NO_POLL_MS,
    keep: 10,
    backOff: {
      transient: { firstMs: 50, longestMs: 200 },
      uncertain: { tries: 3, firstMs: 100 },
    },
    install: {
      environment: installEnvironment(whole),
      user: undefined,
      timeoutMs: 60_000,
      logger,
      ...install,
    },
    logger,
    now: Date.now,
    emit: (event) => void events.push(event),
    parseCrontab(file) {
      const crontab = parseCrontab(file);
      parsed.push(crontab);
      return crontab;
    },
    jobEnvironment: jobEnvironment(environment),
    revisionsInUse: () => new Set(),
    onActivated: ({ name }, crontab) => void activated.push({ revision: name.revision, crontab }),
    onWithdrawn: () => void (withdrawals += 1),
    ...change,
  });
  let running = true;
  const stop = async () => {
    running = false;
    await follower.stop();
  };
  onTestFinished(async ({ task }) => {
    if (running) await stop();
    if (task.result?.state === 'fail') console.error(log.join(''));
  });
  await follower.resume();
  await follower.start();
  const eventsOf = <Type extends EventType>(type: Type) =>
    events.filter((event): event is EventOf<Type> => event.type === type);
  return {
    follower,
    volume,
    activated,
    withdrawn: () => withdrawals,
    parsed,
    log,
    stop,
    events: eventsOf,
    untilCurrent: (revision) => until(() => follower.current?.name.revision === revision),
    async untilRejected(revision) {
      const find = () => eventsOf('revision_rejected').find((event) => event.revision === revision);
      await until(() => find() !== undefined);
      const event = find();
      if (event === undefined) throw new Error('unreachable');
      return event;
    },
  };
}

/** Stands in for the room `schedule`: a crontab that says so is wrong. */
function parseCrontab({ path, bytes }: FileContent): string {
  const text = Buffer.from(bytes).toString();
  if (!text.includes('WRONG')) return text;
  throw new CodedError('GITCRON_E_CRONTAB', 'The crontab is wrong.', {
    place: `${path}:1:1`,
    hint: 'Mend it.',
  });
}
