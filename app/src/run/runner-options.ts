import type { Clock } from '@gitcron/base/clock';
import type { OutputTransform } from '@gitcron/base/secrets/mask';
import type { Log } from '@gitcron/base/log';
import type { RunEvent } from '../events.ts';
import type { RunningProcess } from './running-notes.ts';
import type { WorkplaceOf } from './workplace.ts';

/** What the room that runs jobs needs of its surroundings. */
export interface RunnerOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly workplaceOf: WorkplaceOf;
  /** Changes output and results before anybody sees them; made anew for each of them. */
  readonly outputTransform?: () => OutputTransform;
  /** On the state volume, for what scripts write as their result. */
  readonly resultDirectory: string;
  /** How many runs there may be at once. */
  readonly concurrency: number;
  /** Where the processes that run are noted for the next supervisor; see `recover`. */
  readonly runningFile: string;
  /** What `recover` could not end. */
  readonly stuckBefore?: readonly RunningProcess[];
  /** What else must be written before anything begins that was fired; must not throw. */
  readonly beforeStarts?: () => void;
  readonly emit: (event: RunEvent) => void;
}
