/**
 * What a shell does itself, and what may be no program at all. POSIX.1-2024, Shell Command Language:
 * reserved words, special and regular built-ins; and those that dash and bash add.
 */
export const SHELL_WORDS: ReadonlySet<string> = new Set(
  (
    'if then else elif fi do done case esac while until for in function select time coproc ! { [ ' +
    '. : break continue eval exec exit export readonly return set shift times trap unset ' +
    'alias bg cd chdir command fc fg getopts hash jobs kill read type ulimit umask unalias wait ' +
    'echo false local printf pwd source test true let declare typeset shopt enable builtin ' +
    '[[ bind caller compgen complete compopt dirs disown help history logout mapfile popd pushd readarray suspend'
  ).split(' '),
);
