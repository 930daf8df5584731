import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './app/test/longest-first.ts';

// Each file has a process, and starts programs as well: compiled once, the same code is read by all.
process.env['NODE_COMPILE_CACHE'] ??= fileURLToPath(
  new URL('node_modules/.cache/gitcron', import.meta.url),
);

export default defineConfig({
  test: {
    globalSetup: ['app/test/shared-postgres.ts'],
    setupFiles: ['app/test/fixed-seed.ts'],
    include: ['{app,base,git-sync}/test/**/*.test.ts'],
    // Tests start real servers, databases and processes on two cores.
    testTimeout: 30_000,
    hookTimeout: 60_000,
    pool: 'forks',
    // Most of the time a test waits for processes and clocks: more than one a core.
    maxWorkers: 2 * availableParallelism() + 1,
    sequence: { sequencer: LongestFirst },
  },
});
