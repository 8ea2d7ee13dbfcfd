import { defineConfig } from 'vitest/config'

/** Files that put something in the place of a module: they would change it for the files beside them. */
const replacing = ['src/vcs/incoming/{verify,gitlab-verify}.test.ts']

/** For what comes by itself, soon: a busy machine takes its time. */
const expectations = { poll: { timeout: 10_000 } }

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
          exclude: ['deploy/sample/repository/**', '**/node_modules/**', ...replacing],
          // Loading the same modules anew for each of 300 files took longer than half of the tests.
          isolate: false,
          // A guard against what never ends, not a measure: a property test on a busy machine takes its time.
          testTimeout: 30_000,
          expect: expectations,
        },
      },
      { test: { name: 'unit-isolated', include: replacing, testTimeout: 30_000, expect: expectations } },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          testTimeout: 60_000,
          expect: expectations,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 180_000,
          expect: expectations,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'gitops',
          include: ['test/gitops/**/*.test.ts'],
          testTimeout: 300_000,
          expect: expectations,
          // Argo CD and Flux are built the first time.
          hookTimeout: 1_500_000,
          fileParallelism: false,
        },
      },
    ],
  },
})
