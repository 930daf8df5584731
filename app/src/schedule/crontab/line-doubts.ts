import type { CrontabWarningCode } from './problem.ts';
import type { Variable } from './variable-line.ts';

/** What works and is perhaps not what was meant. */
export interface Doubt {
  readonly code: CrontabWarningCode;
  readonly message: string;
  readonly hint: string;
}

const LINE_END: Doubt = {
  code: 'GITCRON_W_LINE_END',
  message: 'A backslash at the end of a line joins no lines in a crontab: this one ends here.',
  hint: 'Write it in one line, or put the command into a script.',
};

const MAIL: ReadonlySet<string> = new Set(['MAILTO', 'MAILFROM']);

/**
 * What of a variable's line is not as cron or a shell would take it.
 * @param written the value with its quotes.
 */
export function variableDoubts({ name, value }: Variable, written: string): Doubt[] {
  const doubts: Doubt[] = [];
  if (MAIL.has(name) && value !== '') {
    doubts.push({
      code: 'GITCRON_W_CRON_VARIABLE',
      message: `Gitcron sends no mail: ${name} is a variable like any other.`,
      hint: 'What a job writes is in gitcron logs, and how it went in gitcron runs.',
    });
  }
  if (name === 'RANDOM_DELAY' || name === 'START_HOURS_RANGE') {
    doubts.push({
      code: 'GITCRON_W_CRON_VARIABLE',
      message: `${name} is anacron's, and does not move the jobs here.`,
      hint: 'To spread their starts write # @jitter 10m above each job.',
    });
  }
  if (written === value && /^(?:"[^"]*"|'[^']*'|[^"']\S*)\s+#/.test(written)) {
    doubts.push({
      code: 'GITCRON_W_VARIABLE_TEXT',
      message: `The # and what follows it belong to the value of ${name}${/^["']/.test(written) ? ', and so do its quotes' : ''}.`,
      hint: 'Put the comment on a line of its own.',
    });
  }
  const left = leftAsWritten(value);
  if (left !== null && !written.startsWith("'")) {
    doubts.push({
      code: 'GITCRON_W_VARIABLE_TEXT',
      message: `${left.text} stays in ${name} as it is written: a crontab puts no ${left.what} into values.`,
      hint: 'Write the value out, or set it in the command, where the shell reads it.',
    });
  }
  if (written === value && /^(["'])[^"']*$|^(["'])[^"'#]*\2[^\s"']+$/.test(written)) {
    doubts.push({
      code: 'GITCRON_W_VARIABLE_TEXT',
      message: `The quotes belong to the value of ${name}: they are taken off only where one stands at each end.`,
      hint: 'Put quotes around the whole value, or none.',
    });
  }
  if (written.endsWith('\\')) doubts.push(LINE_END);
  return doubts;
}

/** What a shell would put something else in the place of. */
function leftAsWritten(value: string): { text: string; what: string } | null {
  const variable = /\$(?:[A-Z_][A-Z0-9_]+|\{[A-Za-z_]\w*\})/.exec(value)?.[0];
  if (variable !== undefined) return { text: variable, what: 'variables' };
  const output = /\$\([^)]*\)|`[^`]+`/.exec(value)?.[0];
  if (output !== undefined) return { text: output, what: 'output of commands' };
  const home = /(?<=^|:)~(?=\/)/.exec(value)?.[0];
  return home === undefined ? null : { text: home, what: 'home directory' };
}

/** What of a command is cron's way to write, and not the shell's. */
export function commandDoubts(command: string): Doubt[] {
  const doubts: Doubt[] = [];
  if (command.startsWith('#')) {
    doubts.push({
      code: 'GITCRON_W_COMMENT_ONLY',
      message: 'The command is only a comment: the job runs, and does nothing.',
      hint: 'To switch a job off write # @disabled above it, or # in front of the whole line.',
    });
  }
  if (command.includes('\\%')) {
    const stays = isQuoted(command, command.indexOf('\\%'));
    doubts.push({
      code: 'GITCRON_W_PERCENT',
      message: stays
        ? 'Within quotes the backslash of \\% stays: the program sees both.'
        : 'A % needs no backslash here: cron makes it a line break, Gitcron does not.',
      hint: 'Write % alone.',
    });
  }
  if (/(?<!\\)(?:\\\\)*\\$/.test(command)) doubts.push(LINE_END);
  return doubts;
}

/** Whether a place in a shell command stands within quotes. */
function isQuoted(command: string, index: number): boolean {
  let quote = '';
  for (let at = 0; at < index; at += 1) {
    const character = command.charAt(at);
    if (character === '\\' && quote !== "'") at += 1;
    else if (quote === '' && (character === '"' || character === "'")) quote = character;
    else if (character === quote) quote = '';
  }
  return quote !== '';
}
