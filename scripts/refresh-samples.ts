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
import { readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const DOCUMENTS = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md'];
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
  let text = readFileSync(path, 'utf8');
  for (const place of PLACES) {
    text = text.replaceAll(place, (_whole, start: string, command: string, end: string) => {
      console.log(`${document}: ${command}`);
      return `${start}${outputOf(command)}${end}`;
    });
  }
  writeFileSync(path, text);
}
