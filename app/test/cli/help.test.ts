import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';

const LAUNCHER = join(import.meta.dirname, '../../bin/gitcron.js');

const coverage = z.object({ result: z.array(z.object({ url: z.string() })) });

/** @returns what the command prints, and the packages of node_modules that Node read code of. */
async function packagesOf(...args: string[]): Promise<{ stdout: string; packages: string[] }> {
  const directory = mkdtempSync(join(tmpdir(), 'gitcron-help-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const { stdout } = await execa(process.execPath, [LAUNCHER, ...args], {
    env: { NODE_V8_COVERAGE: directory },
  });
  const urls = readdirSync(directory).flatMap((file) =>
    coverage
      .parse(JSON.parse(readFileSync(join(directory, file), 'utf8')))
      .result.map(({ url }) => url),
  );
  const names = urls.flatMap((url) => /\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? []);
  return { stdout, packages: [...new Set(names)].toSorted() };
}

it('--help lists every command and reads the code of none', async () => {
  const { stdout, packages } = await packagesOf('--help');
  expect(stdout).toMatch(/^ {2}up +the whole stack/m);
  expect(stdout).toMatch(/^ {2}health +is the supervisor alive/m);
  expect(packages).toEqual(['commander']);
});

it('TAB reads the code of the command that is being typed, and of no other', async () => {
  const { stdout, packages } = await packagesOf('complete', '--', 'ru');
  expect(stdout).toContain('runs\twhat ran, the newest first');
  expect(packages).toEqual(['@bomb.sh/tab', 'commander']);
});

it.each([
  ['help', 'run'],
  ['run', '--help'],
])('tells all of one command: %s %s', async (...args) => {
  const { stdout } = await packagesOf(...args);
  expect(stdout).toContain('Usage: gitcron run [options] <job>');
});
