import { defineConfig } from 'vitest/config'

/** Three sizes of test, told apart by folder; test/run.ts prepares what each needs. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: [
            '{src,crds,certs,webhooks,deploy}/**/*.test.ts',
            'test/{arch,contract,golden,helpers,perf}/**/*.test.ts',
          ],
          exclude: ['deploy/sample/repository/**', '**/node_modules/**'],
        },
      },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
    ],
  },
})
