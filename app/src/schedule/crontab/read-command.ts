/** What can be told of a command without running it. */
export interface CommandParts {
  /** Where it changes to first: `cd DIR && …`. */
  readonly directory: string | null;
  /** Its first word; empty when it is not a plain word. */
  readonly program: string;
  /** The words that are paths of scripts. */
  readonly scripts: readonly string[];
}

const CHANGE_DIRECTORY = /^cd[ \t]+([^\s;&|"'$`]+)[ \t]*(?:&&|;)[ \t]*/;
const ASSIGNMENT = /^[A-Za-z_]\w*=/;
const SCRIPT = /\.(?:[cm]?[jt]sx?|py|sh|bash|zsh|rb|pl|php|lua|r|jar|sql|exe)$/i;

/** Enough of a command to know it by. */
const MAX_LENGTH = 4096;

/** Reads a shell command as far as its first pipe or redirection. */
export function readCommand(command: string): CommandParts {
  const text = command.slice(0, MAX_LENGTH);
  const [prefix = '', directory = null] = CHANGE_DIRECTORY.exec(text) ?? [];
  const [simple = ''] = text.slice(prefix.length).split(/[|<>]/, 1);
  const words = simple
    .split(/[\s;&()]+/)
    .map((word) => word.replaceAll(/^["']|["']$/g, ''))
    .filter((word) => word !== '');
  return {
    directory,
    program: words.find((word) => !ASSIGNMENT.test(word)) ?? '',
    scripts: words.filter((word) => SCRIPT.test(word) && /^[^:=]+$/.test(word)),
  };
}
