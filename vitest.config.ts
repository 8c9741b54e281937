import { defineConfig } from 'vitest/config';

export default defineConfig({
  // Pages are bundled as text (scripts/build.mjs); the tests see them in the same way.
  plugins: [
    {
      name: 'markdown-as-text',
      transform: (code, id) => (id.endsWith('.md') ? { code: `export default ${JSON.stringify(code)};`, map: null } : null),
    },
  ],
  test: { include: ['test/**/*.test.ts', 'test/**/*.test.tsx'], testTimeout: 30_000, maxWorkers: 2 },
});
