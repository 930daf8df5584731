import { innerCommand } from './unwrap.ts';
import { shellTokens, type ShellWord } from './shell-words-of.ts';

/** One program that a command starts, as far as that can be told without a shell. */
export interface CommandStep {
  readonly program: string;
  readonly arguments: readonly ShellWord[];
  /** The directories that were changed to before it, in their order. */
  readonly directories: readonly string[];
  /** False when the command itself changes PATH before. */
  readonly pathKnown: boolean;
}

/** `cd` somewhere, and the place where the directory it names is looked for. */
export interface CommandReading {
  readonly steps: readonly CommandStep[];
  /** Every `cd`, as the list of directories up to it. */
  readonly changes: readonly (readonly string[])[];
}

const ASSIGNMENT = /^[A-Za-z_]\w*=/;
/** Behind these stands a command like any other. */
const PREFIXES: ReadonlySet<string> = new Set(
  'if then else elif do while until ! { exec nohup'.split(' '),
);
/** Behind these stands none, and what follows depends on them. */
const UNREADABLE: ReadonlySet<string> = new Set('for case function select eval'.split(' '));
const MAY_CHANGE_PATH: ReadonlySet<string> = new Set(['.', 'source', 'export']);
/** They ask whether something is there: then it need not be. */
const QUESTIONS: ReadonlySet<string> = new Set('test [ [[ command type which hash'.split(' '));

export function readSteps(command: string): CommandReading {
  const steps: CommandStep[] = [];
  const changes: string[][] = [];
  const asked = new Set<string>();
  const outer: { directories: readonly string[] | null; pathKnown: boolean }[] = [];
  /** Null when nobody can tell where we are. */
  let directories: readonly string[] | null = [];
  let pathKnown = true;
  for (const token of shellTokens(command)) {
    if (token === '(') outer.push({ directories, pathKnown });
    else if (token === ')')
      ({ directories, pathKnown } = outer.pop() ?? { directories, pathKnown });
    else {
      const begin = token.findIndex(({ text }) => !ASSIGNMENT.test(text) && !PREFIXES.has(text));
      const setsPath = token.some(({ text }) => text.startsWith('PATH='));
      if (begin === -1) {
        pathKnown &&= !setsPath;
        continue;
      }
      const [program, ...words] = token.slice(begin);
      if (program === undefined || UNREADABLE.has(program.text)) break;
      if (program.text === 'cd') {
        const to = words.find(({ text }) => !/^-./.test(text));
        directories =
          to?.plain === true && directories !== null && to.text !== '-'
            ? [...directories, to.text]
            : null;
        if (directories !== null) changes.push([...directories]);
      } else if (QUESTIONS.has(program.text)) words.forEach(({ text }) => asked.add(text));
      else if (directories !== null && program.plain && !asked.has(program.text)) {
        const unasked = words.filter(({ text }) => !asked.has(text));
        const known = pathKnown && !setsPath;
        const where = { directories, pathKnown: known };
        let [name, rest]: [string, readonly ShellWord[]] = [program.text, unasked];
        for (;;) {
          const at = innerCommand(name, rest);
          const inner = at === null ? undefined : rest[at];
          if (at === null || inner?.plain !== true) break;
          steps.push({ program: name, arguments: rest.slice(0, at), ...where });
          [name, rest] = [inner.text, rest.slice(at + 1)];
        }
        steps.push({ program: name, arguments: rest, ...where });
      }
      if (MAY_CHANGE_PATH.has(program.text)) pathKnown = false;
    }
  }
  return { steps, changes };
}
