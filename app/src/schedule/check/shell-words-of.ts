/** One word of a shell command, without its quotes. */
export interface ShellWord {
  readonly text: string;
  /** False where the shell puts something else in its place: `$HOME/x`, `*.ts`, `~/x`. */
  readonly plain: boolean;
}

/** What stands between two operators of a command, or the bracket of a subshell. */
export type ShellToken = '(' | ')' | readonly ShellWord[];

/** Enough of a command to know it by. */
const MAX_LENGTH = 4096;
const EXPANDED = /[$*?[\]{}~]/;

/**
 * Parts a command into simple commands (POSIX.1-2024, 2.3 Token Recognition), as far as it can be
 * told without a shell: it ends before a substitution or a here-document. Redirections are left out.
 */
export function shellTokens(command: string): ShellToken[] {
  const text = command.slice(0, MAX_LENGTH);
  const tokens: ShellToken[] = [];
  let words: ShellWord[] = [];
  let skipNext = false;
  const endCommand = (): void => {
    if (words.length > 0) tokens.push(words);
    words = [];
    skipNext = false;
  };
  let at = 0;
  while (at < text.length) {
    const rest = text.slice(at);
    const blank = /^[ \t]+/.exec(rest)?.[0];
    const redirection = /^\d*(?:<<|<>|>>|>\||[<>]&?|&>>?)/.exec(rest)?.[0];
    const operator = /^(?:&&|\|\||;;|[;&|\n])/.exec(rest)?.[0];
    if (blank !== undefined) at += blank.length;
    else if (redirection !== undefined) {
      if (redirection.endsWith('<<')) break;
      skipNext = true;
      at += redirection.length;
    } else if (operator !== undefined) {
      endCommand();
      at += operator.length;
    } else if (rest.startsWith('(') || rest.startsWith(')')) {
      endCommand();
      tokens.push(rest.startsWith('(') ? '(' : ')');
      at += 1;
    } else if (rest.startsWith('#')) break;
    else {
      const word = wordAt(rest);
      if (word === null) break;
      if (!skipNext) words.push({ text: word.text, plain: word.plain });
      skipNext = false;
      at += word.length;
    }
  }
  endCommand();
  return tokens;
}

/** Null before a substitution of a command, or where a quote is never closed. */
function wordAt(text: string): (ShellWord & { readonly length: number }) | null {
  let found = '';
  let plain = true;
  let at = 0;
  while (at < text.length) {
    const rest = text.slice(at);
    if (/^(?:`|\$\()/.test(rest)) return null;
    const unquoted = /^[^\s;&|()<>"'\\`$]+/.exec(rest)?.[0];
    const single = /^'([^']*)'/.exec(rest);
    const double = /^"((?:[^"\\]|\\[^])*)"/.exec(rest);
    if (unquoted !== undefined) {
      found += unquoted;
      plain &&= !EXPANDED.test(unquoted);
      at += unquoted.length;
    } else if (single !== null) {
      found += single[1] ?? '';
      at += single[0].length;
    } else if (double !== null) {
      if (/`|\$\(/.test(double[1] ?? '')) return null;
      found += (double[1] ?? '').replaceAll(/\\(["\\$`])/g, '$1');
      plain &&= !double[1]?.includes('$');
      at += double[0].length;
    } else if (rest.startsWith('$')) {
      found += '$';
      plain = false;
      at += 1;
    } else if (rest.startsWith('\\') && rest.length > 1) {
      found += rest.charAt(1);
      at += 2;
    } else if (/^["'\\]/.test(rest)) return null;
    else break;
  }
  return { text: found, plain, length: at };
}
