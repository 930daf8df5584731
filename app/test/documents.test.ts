import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../src/cli/commands.ts';

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const documents = globSync(['*.md', 'docs/*.md'], { cwd: ROOT });
const reference = globSync('docs/*.md', { cwd: ROOT }).map(read).join('\n');

/** What is read as text: no block of code, and no code in a line. */
function prose(markdown: string): string {
  return markdown.replaceAll(/^```[^]*?^```/gm, '').replaceAll(/`[^`\n]*`/g, '');
}

/** The anchors of a document, as GitHub makes them of its headings. */
function anchorsOf(markdown: string): Set<string> {
  const headings = markdown.replaceAll(/^```[^]*?^```/gm, '').matchAll(/^#+ (.+)$/gm);
  const slugs = [...headings].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
  return new Set(slugs);
}

describe.each(documents)('%s', (document) => {
  it('has links that lead somewhere', () => {
    const broken = [...prose(read(document)).matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, link]) => {
      if (link === undefined || /^[a-z]+:/.test(link)) return [];
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? document : relative(ROOT, join(ROOT, dirname(document), path));
      if (!existsSync(join(ROOT, target))) return [link];
      return anchor === undefined || anchorsOf(read(target)).has(anchor) ? [] : [link];
    });
    expect(broken).toEqual([]);
  });
});

it('README leads to every page, and stays short', () => {
  const readme = read('README.md');
  const pages = globSync('docs/*.md', { cwd: ROOT });
  expect(pages.filter((page) => !readme.includes(`](${page})`))).toEqual([]);
  expect(readme.split('\n').length).toBeLessThanOrEqual(250);
});

it('docs/settings.md has every setting', () => {
  const names = [...read('.env.example').matchAll(/^(?:# )?([A-Z][A-Z0-9_]*)=/gm)].map(
    ([, n]) => n,
  );
  const page = read('docs/settings.md');
  expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
});

it('docs/command-line.md has every command, in its own words', () => {
  const page = read('docs/command-line.md');
  const missing = Object.entries(COMMANDS).filter(
    ([name, { summary }]) => !page.includes(`| \`${name}\` | ${summary} |`),
  );
  expect(missing.map(([name]) => name)).toEqual([]);
});

it('docs/ has every code that a user can meet, and none that is not', () => {
  const sources = globSync('{app,base,git-sync}/src/**/*.ts', { cwd: ROOT }).map(read).join('\n');
  const codes = new Set([...sources.matchAll(/'(GITCRON_[EW]_[A-Z0-9_]+)'/g)].map(([, c]) => c));
  const told = new Set(reference.match(/GITCRON_[EW]_[A-Z0-9_]+\b/g));
  expect([...codes].filter((code) => code !== undefined && !told.has(code))).toEqual([]);
  expect([...told].filter((code) => !codes.has(code))).toEqual([]);
});

it('ARCHITECTURE.md names only files that are there', () => {
  const files = globSync(['*.ts', '{.ci,app,base,bench,e2e,git-sync,scripts}/**/*.{ts,js,sh}'], {
    cwd: ROOT,
    exclude: (path) => path.endsWith('node_modules'),
  });
  const named = [...read('ARCHITECTURE.md').matchAll(/`([\w.\-/]+\.(?:ts|js|sh))`/g)];
  const gone = named.flatMap(([, name = '']) =>
    files.some((file) => `/${file}`.endsWith(`/${name}`)) ? [] : [name],
  );
  expect(gone).toEqual([]);
});
