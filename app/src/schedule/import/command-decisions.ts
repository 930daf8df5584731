/** What every system has: programs, devices, room for temporary files. */
const EVERYWHERE = /^\/(?:$|(?:usr\/)?s?bin\/|dev\/|proc\/|tmp(?:\/|$))/;

interface Habit {
  readonly pattern: RegExp;
  /** @param found what the pattern found, group by group. */
  readonly decision: (found: RegExpExecArray) => string;
}

/** What people write into crontabs because cron does not do it for them, or because it is on their machine. */
const HABITS: readonly Habit[] = [
  {
    pattern: /(?:>|&>)\s*\/dev\/null/,
    decision: () =>
      'it throws its output away. Gitcron keeps the output of each run: take >/dev/null out to see why one failed.',
  },
  {
    pattern: />>?\s*(?!\/dev\/null)([^\s&|;<>]+\.log\b[^\s&|;]*|\/var\/[^\s&|;]+)/,
    decision: ([, file = '']) =>
      `it writes to ${file}. Gitcron keeps the output of each run: the redirection can go, or that directory must be there and writable.`,
  },
  {
    pattern: /(?:^|[;&|]\s*)(?:sudo|su|runuser|setuidgid|chpst)\s/,
    decision: () => 'it changes its user. Jobs run as one user without more rights.',
  },
  {
    pattern: /(?:^|[;&|]\s*)(?:\/\S+\/)?flock\s/,
    decision: () =>
      'flock keeps it from overlapping itself, which a job here does by itself (# @overlap skip); several jobs share a lock by # @lock NAME.',
  },
  {
    pattern: /(?:^|\s)(?:\/\S+\/)?timeout\s+(?:-\S+\s+)*(\d+[smhd]?)/,
    decision: ([, limit = '']) =>
      `timeout ends it after ${limit}. With # @timeout instead, history says that it was the time limit.`,
  },
  {
    pattern: /(?:^|[;&|]\s*)sleep\s+\S*(?:RANDOM|shuf)/i,
    decision: () => 'it waits for a random time first, which # @jitter does without a process.',
  },
  {
    pattern: /(?:^|[;&|]\s*)(?:cd\s+\/\s*&&\s*)?(?:\/\S+\/)?(?:run-parts|anacron)\b/,
    decision: () =>
      'it runs what lies in a directory of the machine. Write a line for each script.',
  },
  {
    pattern: /(?:^|[;&|]\s*)(?:\/\S+\/)?(?:systemctl|service|docker|reboot|shutdown)\s/,
    decision: () =>
      'it controls the machine. In the stack a job sees only its container; run Gitcron without Docker for it, or leave this one to cron.',
  },
  {
    pattern: /(?:^|\s)(?:~|\$HOME|\$\{HOME\})\//,
    decision: () =>
      'it means the home directory of its user. Jobs have another one, which is emptied when the container is made anew.',
  },
];

/** What a person has to decide of a command: each a sentence that goes on from its line. */
export function commandDecisions(command: string): string[] {
  const found = HABITS.flatMap(({ pattern, decision }) => {
    const match = pattern.exec(command);
    return match === null ? [] : [decision(match)];
  });
  const outside = pathsOutside(command);
  if (outside.length === 0) return found;
  return [
    ...found,
    `it needs ${outside.join(', ')}, which no repository and no container has by itself. Commit what it is, and call it by a path from the root of the repository.`,
  ];
}

/** Absolute paths of this machine, but for what it merely writes to. */
function pathsOutside(command: string): string[] {
  const words = command
    .replaceAll(/\d?>>?\s*\S+/g, ' ')
    .match(/(?<=^|[\s;&|(="'])\/[^\s;&|()<>"']*/g);
  return [...new Set(words)].filter((path) => !EVERYWHERE.test(path));
}
