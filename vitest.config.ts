import { defineConfig } from 'vitest/config';
import { Verdict } from './test/reporters/verdict.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/seed.ts'],
    globalSetup: ['test/kernels/setup.ts'],
    testTimeout: 180_000,
    hookTimeout: 180_000,
    reporters: ['default', new Verdict()],
  },
});
