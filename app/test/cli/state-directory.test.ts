import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { settingsOfSupervisor } from '../../src/cli/state-directory.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'gitcron-state-'));
  for (const made of ['.gitcron/state/releases', '.gitcron/demo/app', 'volume/releases']) {
    mkdirSync(join(directory, made), { recursive: true });
  }
});
afterEach(() => rmSync(directory, { recursive: true }));

it.each([
  { what: 'where npm start was used', cwd: '.', given: '', found: '.gitcron/state' },
  { what: 'in its demo repository', cwd: '.gitcron/demo/app', given: '', found: '.gitcron/state' },
  { what: 'by what --state named', cwd: 'volume', given: '.gitcron', found: '.gitcron/state' },
  { what: 'by its state volume', cwd: '.', given: '.gitcron/state', found: '.gitcron/state' },
  { what: 'by STATE_DIR, wherever one is', cwd: '.', given: 'volume', found: 'volume' },
])('finds a supervisor $what', ({ cwd, given, found }) => {
  const environment = { STATE_DIR: given && join(directory, given) };
  const { STATE_DIR, SOURCE_DIR } = settingsOfSupervisor(environment, join(directory, cwd));
  expect(STATE_DIR).toBe(join(directory, found));
  const isOfLocalMode = given === '' || given === '.gitcron';
  expect(SOURCE_DIR === join(directory, '.gitcron/source')).toBe(isOfLocalMode);
});
