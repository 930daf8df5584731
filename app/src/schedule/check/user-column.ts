import { readFileSync } from 'node:fs';
import type { CrontabWarning } from '../crontab/problem.ts';
import type { Job } from '../job.ts';
import { isCommand, type CommandPlaces } from './command-places.ts';

/** Users that a server has, where this machine is a laptop. */
const COMMON_USERS =
  'root www-data nobody daemon backup postgres mysql redis nginx apache ubuntu debian admin deploy deployer app jenkins gitlab-runner';

/** Users whose name programs have, too: `mail root`, `mysql shop` are commands, here or elsewhere. */
const ALSO_PROGRAMS: ReadonlySet<string> = new Set(
  'mail mysql git man sync lp postgres redis nginx'.split(' '),
);
/** What a server may have, where this machine has not: what follows is theirs. */
const NO_USERS =
  /^(?:sudo|doas|su|env|nice|flock|bash|zsh|ksh|php|python|ruby|perl|node|deno|bun|java|lua|pwsh)[\d.-]*$/;
/** Where programs are kept. */
const PROGRAM = /\/(?:s?bin|libexec)\/[^/]+$/;

/** The jobs whose command begins with a user's name, as those of /etc/crontab do. */
export function jobsWithUser(jobs: readonly Job[], places: CommandPlaces): Job[] {
  const users = new Set([...COMMON_USERS.split(' '), ...usersOfThisMachine()]);
  return jobs.filter((job) => {
    const [user = '', command = ''] = job.command.split(/[ \t]+/);
    if (!/^[a-z_][a-z0-9_-]*$/.test(user) || command === '' || command.startsWith('-'))
      return false;
    if (NO_USERS.test(user) || isCommand(user, job, places)) return false;
    if (ALSO_PROGRAMS.has(user)) return command.startsWith('/') || isCommand(command, job, places);
    // A stranger may as well be a program that is missing here: php /var/www/cron.php.
    return users.has(user) || PROGRAM.test(command);
  });
}

export function userColumnWarning(jobs: readonly Job[], file: string): CrontabWarning[] {
  const [first] = jobs;
  if (first === undefined) return [];
  const users = [...new Set(jobs.map(({ command }) => command.split(/[ \t]/, 1)[0]))].slice(0, 5);
  const commands = jobs.length === 1 ? 'A command begins' : `${jobs.length} commands begin`;
  return [
    {
      code: 'GITCRON_W_USER_COLUMN',
      message: `${commands} with ${users.join(', ')}: this looks like /etc/crontab, whose sixth column is a user.`,
      file,
      line: first.line,
      hint: 'Take the column out: Gitcron would start a program of that name. All jobs run as one user.',
    },
  ];
}

function usersOfThisMachine(): string[] {
  try {
    return readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .map((line) => line.split(':', 1)[0] ?? '')
      .filter((name) => name !== '');
  } catch {
    return [];
  }
}
