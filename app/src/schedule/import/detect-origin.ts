import { canOnlyBeYear, splitWords } from '../expression/parse.ts';
import type { Origin } from './job-line.ts';

/** Which of the three it most likely is, from where it lies and what its lines look like. */
export function detectOrigin(
  path: string | null,
  text: string,
  isUser: (name: string) => boolean,
): Origin {
  if (path !== null && /(?:^|\/)etc\/(?:crontab$|cron\.d\/)/.test(path)) return 'system';
  const jobs = text
    .split(/\r?\n/)
    .map((line) => splitWords(line).map((word) => word.text))
    .filter(([first = '']) => /^(?:[\d*?-]|@[a-z]+$)/.test(first));
  if (jobs.length > 0 && jobs.every((words) => isUser(userWord(words)) && hasCommand(words))) {
    return 'system';
  }
  return jobs.some((words) => hasMoreFields(words)) ? 'supercronic' : 'user';
}

function fieldsOf([first = '']: readonly string[]): number {
  if (!first.startsWith('@')) return 5;
  return first === '@every' ? 2 : 1;
}

function userWord(words: readonly string[]): string {
  return words[fieldsOf(words)] ?? '';
}

function hasCommand(words: readonly string[]): boolean {
  return words.length > fieldsOf(words) + 1;
}

function hasMoreFields(words: readonly string[]): boolean {
  const sixth = words[5] ?? '';
  return words[0] === '@every' || canOnlyBeYear(sixth) || /^[*?\d][\d*?,/-]*$/.test(sixth);
}
