import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { until } from '../../base/test/until.ts';
import { readPanel } from '../src/http/panel/panel-files.ts';
import { copyProject } from './project-copy.ts';
import { canMount, mountSmallDisk } from './record/small-disk.ts';

/** With no framework: what is looked at is who builds when, and what is there afterwards. */
const SOURCE = `
import './style.css';
export const words = ${JSON.stringify('words '.repeat(500))};
document.title = words;
`;

let project: string;
beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'gitcron-build-'));
  makeProject(project);
});
afterEach(() => rmSync(project, { recursive: true, force: true }));

function makeProject(at: string): void {
  copyProject(at, [
    ...['package.json', 'package-lock.json', 'tsconfig.json', 'scripts/build-panel.js'],
    ...['app/panel', 'app/src/api'],
  ]);
  rmSync(join(at, 'app/panel/src'), { recursive: true });
  copyProject(join(at, 'app/panel/src'), []);
  rmSync(join(at, 'app/panel/src/node_modules'));
  writeFileSync(join(at, 'app/panel/src/style.css'), 'body { color: red }');
  writeFileSync(join(at, 'app/panel/src/main.tsx'), SOURCE);
}

function start(...options: string[]): ChildProcess {
  const script = join(project, 'scripts/build-panel.js');
  return spawn(process.execPath, [script, ...options], { stdio: ['ignore', 'pipe', 'pipe'] });
}

interface End {
  readonly status: number | null;
  readonly output: string;
}

async function endOf(child: ChildProcess): Promise<End> {
  const { stdout, stderr } = child;
  if (stdout === null || stderr === null) throw new Error('its output is not read');
  const [out, err] = await Promise.all([text(stdout), text(stderr), once(child, 'close')]);
  return { status: child.exitCode, output: out + err };
}

const build = (...options: string[]): Promise<End> => endOf(start(...options));
const inPanel = (path: string): string => join(project, 'app/panel', path);
const nothing = { status: 0, output: '' };
const built = {
  status: 0,
  output: expect.stringMatching(/^Building the panel\. Only needed after a change … [\d.]+ s\.\n$/),
};

/** That it is whole: the page is there, and all that it asks for. @returns the names of its assets */
async function wholeAssets(): Promise<string[]> {
  const panel = await readPanel(inPanel('dist'));
  const page = String(panel?.page.body);
  const asked = [...page.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, path]) => path);
  const files = panel?.files.map(({ path }) => path) ?? [];
  expect(asked.some((path) => path?.endsWith('.js'))).toBe(true);
  expect(asked.filter((path) => path !== undefined && !files.includes(path))).toEqual([]);
  return files.filter((path) => path.startsWith('/assets/')).toSorted();
}

describe('the panel', { timeout: 120_000 }, () => {
  it('is built once, and again after a change of its sources or packages', async () => {
    expect(await build()).toEqual(built);
    const before = await wholeAssets();
    const script = before.find((path) => path.endsWith('.js')) ?? '';
    const plain = readFileSync(inPanel(`dist${script}`));
    expect(gunzipSync(readFileSync(inPanel(`dist${script}.gz`)))).toEqual(plain);
    expect(readFileSync(inPanel(`dist${script}.br`)).length).toBeLessThan(plain.length / 4);
    expect(await build()).toEqual(nothing);

    writeFileSync(inPanel('src/main.tsx'), SOURCE.replaceAll('words ', 'other '));
    expect(await build()).toEqual(built);
    const after = await wholeAssets();
    expect(after).not.toEqual(before);
    // Nothing is left of what nobody asks for any more.
    expect(after.length).toBe(before.length);
    expect(await build()).toEqual(nothing);

    writeFileSync(join(project, 'package-lock.json'), '{}');
    expect(await build()).toEqual(built);
    expect(await wholeAssets()).toEqual(after);
  });

  it.each([
    ['lacks a file', (file: string) => rmSync(file)],
    ['has a file that was cut short', (file: string) => truncateSync(file, 10)],
  ])('is built again when it %s', async (_, damage) => {
    await build();
    const assets = await wholeAssets();
    damage(inPanel(`dist${assets[0]}`));
    expect(await build()).toEqual(built);
    expect(await wholeAssets()).toEqual(assets);
    expect(await build()).toEqual(nothing);
  });

  it('is whole when several starts build it at once, and for whoever reads it meanwhile', async () => {
    await build();
    writeFileSync(inPanel('src/main.tsx'), SOURCE.replaceAll('words ', 'other '));
    const starts = [start(), start(), start()];
    const ends = Promise.all(starts.map(endOf));
    while (starts.some(({ exitCode }) => exitCode === null)) await wholeAssets();
    for (const end of await ends) expect(end).toEqual(built);
    await wholeAssets();
    expect(await build()).toEqual(nothing);
    expect(unfinished()).toEqual([]);
  });

  it('is built by the next start when one was killed', async () => {
    const killed = start();
    const end = endOf(killed);
    await until(() => unfinished().length > 0, 'that it builds');
    killed.kill('SIGKILL');
    await end;
    // The builder that it started may still be writing there.
    await until(async () => (await build()).output === '' && unfinished().length === 0, 'a panel');
    expect(await wholeAssets()).not.toEqual([]);
  });

  it('that cannot be built is told, and the one before is kept', async () => {
    await build();
    const before = await wholeAssets();
    writeFileSync(inPanel('src/main.tsx'), 'export const broken = (;');
    const strict = await build();
    expect(strict.status).toBe(1);
    expect(strict.output).toContain('The panel could not be built: ');
    expect(strict.output).toContain('main.tsx:1:');
    expect(strict.output).toContain('The one that was built before is shown.');
    expect((await build('--if-possible')).status).toBe(0);
    expect(await wholeAssets()).toEqual(before);
    expect(unfinished()).toEqual([]);

    rmSync(inPanel('dist'), { recursive: true });
    const first = await build('--if-possible');
    expect([first.status, first.output]).toEqual([0, expect.stringContaining('There is none')]);
  });

  it('needs its packages, and says so', async () => {
    rmSync(join(project, 'node_modules'));
    const { status, output } = await build();
    expect([status, output]).toEqual([1, expect.stringContaining('run npm install')]);
  });

  it.runIf(canMount)(
    'is built when a full disk has room again (needs the right to mount)',
    async () => {
      const disk = mountSmallDisk(8);
      const elsewhere = project;
      try {
        project = join(disk.path, 'project');
        makeProject(project);
        disk.fill();
        const full = await build('--if-possible');
        expect([full.status, full.output]).toEqual([0, expect.stringContaining('ENOSPC')]);
        expect(existsSync(inPanel('dist/index.html'))).toBe(false);
        disk.relieve();
        expect(await build()).toEqual(built);
        await wholeAssets();
      } finally {
        project = elsewhere;
        disk.remove();
      }
    },
  );
});

function unfinished(): string[] {
  return readdirSync(inPanel('.')).filter((name) => name.startsWith('.unfinished-'));
}
