import { defineConfig } from 'vitest/config';

/** The whole stack in containers: `vitest run --config e2e/vitest.config.ts`. Needs Docker. */
export default defineConfig({
  test: {
    include: ['e2e/*.test.ts'],
    globalSetup: ['e2e/build-images.ts'],
    // A stack at a time: several at once would only wait for each other.
    fileParallelism: false,
    // Each step builds on the one before it.
    bail: 1,
    testTimeout: 180_000,
    hookTimeout: 240_000,
    reporters: ['verbose'],
  },
});
