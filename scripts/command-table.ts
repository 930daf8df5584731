/** Prints every command as the table of docs/command-line.md. */
import { COMMANDS } from '../app/src/cli/commands.ts';

const rows = Object.entries(COMMANDS).map(([name, { summary }]) => `| \`${name}\` | ${summary} |`);
console.log(['| `gitcron …` | |', '|---|---|', ...rows].join('\n'));
