import type { ShellWord } from './shell-words-of.ts';

/** A program that starts the one behind it. */
interface Wrapper {
  /** Its options with a word of their own behind them. */
  readonly takesWord: RegExp;
  /** Its own words before the program. */
  readonly operands: number;
}

const NONE = /^$/;
const WRAPPERS: ReadonlyMap<string, Wrapper> = new Map([
  ['timeout', { takesWord: /^(?:-[ks]|--kill-after|--signal)$/, operands: 1 }],
  ['flock', { takesWord: /^(?:-[wE]|--wait|--timeout|--conflict-exit-code)$/, operands: 1 }],
  ['nice', { takesWord: /^(?:-n|--adjustment)$/, operands: 0 }],
  ['ionice', { takesWord: /^(?:-[cn]|--class|--classdata)$/, operands: 0 }],
  ['env', { takesWord: /^(?:-[uC]|--unset|--chdir)$/, operands: 0 }],
  ['stdbuf', { takesWord: /^-[ioe]$/, operands: 0 }],
  ['setsid', { takesWord: NONE, operands: 0 }],
  ['chronic', { takesWord: NONE, operands: 0 }],
]);

/** Options of theirs with which no program follows, or not where it seems to. */
const ELSEWHERE = /^(?:-c|--command|-[SC].*|--split-string.*|--chdir.*)$/;

const NOT_BEHIND: ReadonlySet<string> = new Set(['env', 'flock']);

/** @returns where the words of the program begin that a wrapper starts; null where none does. */
export function innerCommand(program: string, words: readonly ShellWord[]): number | null {
  const wrapper = WRAPPERS.get(program);
  if (wrapper === undefined) return null;
  let operands = 0;
  for (let at = 0; at < words.length; at += 1) {
    const text = words[at]?.text ?? '';
    if (NOT_BEHIND.has(program) && ELSEWHERE.test(text)) return null;
    if (wrapper.takesWord.test(text)) at += 1;
    else if (text.startsWith('-') || (program === 'env' && /^\w+=/.test(text))) continue;
    else if (operands < wrapper.operands) operands += 1;
    else return at;
  }
  return null;
}
