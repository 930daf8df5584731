/** A command of cron, and what cron would have given it to read. */
interface WithInput {
  readonly command: string;
  /** The lines of its standard input; null when it has none. */
  readonly input: readonly string[] | null;
}

/**
 * What `%` means to cron (crontab(5)): the first one ends the command, what stands behind it is
 * the command's input, and further ones are line breaks in that; `\%` is a plain one.
 */
function splitAtPercent(text: string): WithInput {
  const parts = text.split(/(?<!\\)%/).map((part) => part.replaceAll('\\%', '%'));
  const [command = '', ...input] = parts;
  return { command: command.trimEnd(), input: input.length === 0 ? null : input };
}

/** The same command for a shell alone, to which `%` is a letter like any other. */
export function withoutPercent(text: string): { command: string; hadInput: boolean } {
  const { command, input } = splitAtPercent(text);
  if (input === null) return { command, hadInput: false };
  // cron ends the input with a line break, whether or not there is one.
  const lines = input.at(-1) === '' ? input.slice(0, -1) : input;
  const isSimple = !/[;&|]/.test(command);
  const reader = isSimple ? command : `{ ${command}; }`;
  return {
    command: `printf '%s\\n' ${lines.map(quoted).join(' ')} | ${reader}`,
    hadInput: true,
  };
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
