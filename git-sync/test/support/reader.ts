/**
 * A program that reads a published tree over and over, as jobs do: it resolves the link once, then
 * reads every file behind it. On SIGTERM it prints what it saw and ends.
 *
 *     node reader.ts LINK FILE…
 */
import { readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';

const [link = '', ...files] = process.argv.slice(2);
const seen = new Set<string>();
const problems: string[] = [];
let trees = 0;

function read(): void {
  try {
    const tree = realpathSync(link);
    const contents = new Set(files.map((file) => readFileSync(join(tree, file), 'utf8')));
    if (contents.size !== 1) problems.push(`mixed: ${[...contents].join(' and ')}`);
    for (const content of contents) seen.add(content);
    trees += 1;
  } catch (error) {
    problems.push(String(error));
  }
}

// Many times in each publish, and most of the time asleep: the publishing needs the machine, too.
const loop = setInterval(read, 5);
process.once('SIGTERM', () => {
  clearInterval(loop);
  process.stdout.write(JSON.stringify({ trees, commits: seen.size, problems }));
});
