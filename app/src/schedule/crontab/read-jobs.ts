import { CodedError } from '@gitcron/base/coded-error';
import type { Job } from '../job.ts';
import { parseCrontab, type CrontabOptions } from './parse.ts';
import { describeProblem, type CrontabWarning } from './problem.ts';

export interface CrontabContent {
  readonly jobs: readonly Job[];
  readonly warnings: readonly CrontabWarning[];
}

/**
 * The jobs of a crontab that is to be put in force: all of them, or none.
 * @param hint what its reader is to do about a mistake.
 * @throws CodedError GITCRON_E_CRONTAB that tells every mistake with its line and column.
 */
export function readJobs(bytes: Uint8Array, options: CrontabOptions, hint: string): CrontabContent {
  const { jobs, problems, warnings } = parseCrontab(bytes, options);
  if (problems.length === 0) return { jobs, warnings };
  const count = problems.length === 1 ? 'a mistake' : `${problems.length} mistakes`;
  const list = problems.map(describeProblem).join('\n');
  throw new CodedError('GITCRON_E_CRONTAB', `${options.file} has ${count}:\n${list}`, {
    place: `${options.file}:${problems[0]?.line ?? 1}`,
    hint,
  });
}
