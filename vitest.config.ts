import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './app/test/longest-first.ts';

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
