/**
 * What a shell does itself. `exec` would look for a program of that name instead, and some of these
 * have none. POSIX.1-2024, Shell Command Language: reserved words, special and regular built-ins.
 */
const SHELL_WORDS = new Set(
  (
    'if then else elif fi do done case esac while until for in function select time coproc ' +
    '. : break continue eval exec exit export readonly return set shift times trap unset ' +
    'alias bg cd chdir command fc fg getopts hash jobs kill read type ulimit umask unalias wait ' +
    'echo false local printf pwd source test true let declare typeset shopt enable builtin'
  ).split(' '),
);

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
  if (word === undefined || SHELL_WORDS.has(word)) return false;
  return !MORE_THAN_ONE.test(command.replaceAll(DESCRIPTOR_COPY, ''));
}
