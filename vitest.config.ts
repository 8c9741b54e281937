import { defineConfig } from 'vitest/config';

export default defineConfig({
  // Pages are bundled as text (scripts/build.mjs); the tests see them in the same way.
  plugins: [
    {
      name: 'markdown-as-text',
      transform: (code, id) => (id.endsWith('.md') ? { code: `export default ${JSON.stringify(code)};`, map: null } : null),
    },
  ],
  test: {
    include: ['test/**/*.test.ts', 'test/**/*.test.tsx'],
    // Bounds against hanging, not of speed: a machine with ten times the work to do keeps them.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    // Tests that run side by side are labs (test/e2e), which wait for answers that do not come.
    maxConcurrency: 8,
    reporters: ['default', './test/slowest.ts'],
  },
});
