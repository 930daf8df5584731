/** Prints `.env.example` as the tables of README: a section each, one row a setting. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const example = readFileSync(join(import.meta.dirname, '../.env.example'), 'utf8');
const lines: string[] = [];
let comment: string[] = [];

for (const line of example.split('\n')) {
  const section = /^# --- (.*?) -+$/.exec(line);
  const setting = /^(# )?([A-Z][A-Z0-9_]*)=(.*)$/.exec(line);
  if (section) {
    lines.push('', `**${section[1]}**`, '', '| Setting | Default or example | |', '|---|---|---|');
    comment = [];
  } else if (setting) {
    const [, , name, value] = setting;
    lines.push(
      `| \`${name}\` | ${value ? `\`${value}\`` : ''} | ${comment.join(' ').replaceAll('|', '\\|')} |`,
    );
    comment = [];
  } else if (line.startsWith('# ')) {
    comment.push(line.slice(2).trim());
  } else {
    comment = [];
  }
}
console.log(lines.join('\n').trim());
