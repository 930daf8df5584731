/**
 * Runs the commands whose output the documentation shows, and puts what they print into it.
 *
 *     <!-- sample: gitcron next '@daily' -->
 *     ```text
 *     (replaced)
 *     ```
 *
 * What a command prints as Markdown stands between `<!-- insert: COMMAND -->` and `<!-- end -->`.
 *
 * `npm run samples` refreshes all documents, `npm run samples README.md` one of them.
 */
import { spawnSync } from 'node:child_process';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const DOCUMENTS = globSync(['*.md', 'docs/*.md'], { cwd: ROOT });
const PLACES = [
  /(<!-- sample: (.+?) -->\n```text\n)[^]*?(```)/g,
  /(<!-- insert: (.+?) -->\n)[^]*?(<!-- end -->)/g,
];

function outputOf(command: string): string {
  const { stdout, stderr, error } = spawnSync('bash', ['-c', command], {
    cwd: ROOT,
    encoding: 'utf8',
    env: {
      ...process.env,
      PATH: [join(ROOT, 'node_modules/.bin'), process.env['PATH']].join(delimiter),
      TZ: 'UTC',
    },
    timeout: 180_000,
  });
  if (error) throw error;
  return `${stdout}${stderr}`.replaceAll(/[ \t]+$/gm, '');
}

const chosen = process.argv.slice(2);
for (const document of chosen.length > 0 ? chosen : DOCUMENTS) {
  const path = join(ROOT, document);
  const outputs = new Map<string, string>();
  for (const place of PLACES) {
    for (const [, , command = ''] of readFileSync(path, 'utf8').matchAll(place)) {
      console.log(`${document}: ${command}`);
      outputs.set(command, outputOf(command));
    }
  }
  // Read again: that took a minute, in which somebody may have edited it.
  let text = readFileSync(path, 'utf8');
  for (const place of PLACES) {
    text = text.replaceAll(place, (whole, start: string, command: string, end: string) => {
      const output = outputs.get(command);
      return output === undefined ? whole : `${start}${output}${end}`;
    });
  }
  writeFileSync(path, text);
}
