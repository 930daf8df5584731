import { commandOf, type LaunchContext, type LaunchOptions } from './launch.ts';
import { tooLongToStart, type TooLong } from './process/start-size.ts';
import { longestResultPath } from './result-place.ts';

export interface MeasureOptions extends LaunchOptions {
  readonly resultDirectory: string;
}

/** Whether the system would refuse to start a run, for its length; its last attempt is the longest. */
export function measureStart(
  context: Omit<LaunchContext, 'attempt'>,
  options: MeasureOptions,
): TooLong | null {
  const { run, job } = context;
  const attempt = 1 + job.settings.retries;
  const resultFile = longestResultPath(options.resultDirectory, `${run.runId}.${attempt}`);
  return tooLongToStart(commandOf({ ...context, attempt }, options, resultFile));
}

/** `2,100,000 bytes where the system takes 2,097,152`. */
export function tooLongText({ what, bytes, limit }: TooLong): string {
  const whose =
    what === 'one'
      ? 'its command or one of its variables has'
      : 'its command and all its variables together have';
  return `${whose} ${bytes.toLocaleString('en')} bytes, and the system starts nothing with more than ${limit.toLocaleString('en')}`;
}
