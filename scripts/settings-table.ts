/** Prints `.env.example` as the tables of docs/settings.md: a section each, one row a comment and its settings. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const example = readFileSync(join(import.meta.dirname, '../.env.example'), 'utf8');
const lines: string[] = [];
let comment: string[] = [];
let names: string[] = [];
let values: string[] = [];

function endRow(): void {
  if (names.length > 0) {
    const text = comment.join(' ').replaceAll(/[|*]/g, String.raw`\$&`);
    lines.push(`| ${names.join('<br>')} | ${values.join('<br>')} | ${text} |`);
  }
  comment = [];
  names = [];
  values = [];
}

for (const line of [...example.split('\n'), '']) {
  const section = /^# --- (.*?) -+$/.exec(line);
  const setting = /^(?:# )?([A-Z][A-Z0-9_]*)=(.*)$/.exec(line);
  if (setting) {
    const [, name, value] = setting;
    names.push(`\`${name}\``);
    values.push(value ? `\`${value}\`` : '–');
    continue;
  }
  const isComment = line.startsWith('# ') && !section;
  if (!isComment || names.length > 0) endRow();
  if (isComment) comment.push(line.slice(2).trim());
  if (section) {
    const head = ['| Setting | Default or example | |', '|---|---|---|'];
    lines.push('', `**${section[1]}**`, '', ...head);
  }
}
console.log(lines.join('\n').trim());
