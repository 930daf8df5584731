import { defineConfig } from 'vitest/config';

/**
 * The panel in a real browser, before a real supervisor: `vitest run --config app/panel/vitest.config.ts`.
 * Needs Chromium: Debian's package, or the one that CHROMIUM names.
 */
export default defineConfig({
  test: {
    include: ['app/panel/test/*.test.ts'],
    globalSetup: ['app/panel/test/build-panel.ts', 'app/test/shared-postgres.ts'],
    setupFiles: ['app/test/fixed-seed.ts'],
    testTimeout: 60_000,
    hookTimeout: 90_000,
    pool: 'forks',
    // Each has a browser, which has processes of its own.
    maxWorkers: 2,
  },
});
