import { SHELL_WORDS } from '../../schedule/crontab/shell-words.ts';

/** Redirections to a descriptor are the only harmless use of `&`. */
const DESCRIPTOR_COPY = /[<>]&(?:\d|-)/g;
/** Whatever makes more of it than one command, and whatever might. */
const MORE_THAN_ONE = /[;&|(){}!`\\\n]|<</;
const FIRST_WORD = /^[A-Za-z0-9_./-]+(?=\s|$)/;

/**
 * True when the shell would do nothing for this command but start one program and wait for it, so
 * that it can as well become that program. In doubt false: that costs a process and nothing else.
 */
export function isSimpleCommand(command: string): boolean {
  const word = FIRST_WORD.exec(command)?.[0];
  // `exec` would look for a program of that name, and not every shell word has one.
  if (word === undefined || SHELL_WORDS.has(word)) return false;
  return !MORE_THAN_ONE.test(command.replaceAll(DESCRIPTOR_COPY, ''));
}
