import type { CrontabWarning } from './problem.ts';

/**
 * What is to be said of a crontab that takes the place of another: what is doubtful in both was said
 * before. Lines move, so they do not count; where there is one more of a kind, all of it are said.
 */
export function newWarnings(
  before: readonly CrontabWarning[],
  now: readonly CrontabWarning[],
): readonly CrontabWarning[] {
  return now.filter((warning) => countLike(warning, now) > countLike(warning, before));
}

function countLike({ code, message }: CrontabWarning, warnings: readonly CrontabWarning[]): number {
  return warnings.filter((other) => other.code === code && other.message === message).length;
}
