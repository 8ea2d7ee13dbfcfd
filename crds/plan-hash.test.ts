import { expect, test } from 'vitest'
import type { Plan } from './pipeline-run.ts'
import { hashPlan, sealPlan } from './plan-hash.ts'

const plan: Plan = {
  repository: 'https://git.example/app',
  steps: [{ name: 'test', image: 'node:24', commands: ['npm test'], timeout: '30m' }],
  params: { a: '1', b: '2' },
  timeoutSeconds: 3600,
  clone: { depth: 1, submodules: false },
}

test('what a plan runs is in its hash, and nothing else', () => {
  const same: readonly Partial<Plan>[] = [
    { timeoutSeconds: 60 },
    { source: { name: 'app', uid: 'u', generation: 7 } },
    { concurrency: { group: 'g', cancelInProgress: true } },
    { priority: { className: 'high', value: 1000 } },
    { queueName: 'q' },
    { policy: 'strict' },
    { untrusted: { reason: 'ForkPullRequest', message: 'a fork' } },
    { reused: [{ step: 'test', run: 'before' }] },
    { hash: 'forged' },
    { params: { b: '2', a: '1' } },
    { steps: [{ timeout: '30m', commands: ['npm test'], image: 'node:24', name: 'test' }] },
  ]
  for (const change of same) expect(hashPlan({ ...plan, ...change })).toBe(hashPlan(plan))
  const other: readonly Partial<Plan>[] = [
    { repository: 'https://git.example/other' },
    { branches: ['main'] },
    { steps: [{ name: 'test', image: 'node:24', commands: ['npm test'], timeout: '31m' }] },
    { finally: [{ name: 'notify', image: 'node:24', commands: ['true'] }] },
    { params: { a: '1', b: '3' } },
    { matrixDimensions: ['os'] },
    { clone: { depth: 0, submodules: false } },
    { workspace: { size: '1Gi' } },
  ]
  const hashes = other.map((change) => hashPlan({ ...plan, ...change }))
  expect(new Set([hashPlan(plan), ...hashes]).size).toBe(other.length + 1)
})

test('a sealed plan carries the hash, however often it is sealed', () => {
  expect(sealPlan(plan).hash).toMatch(/^[0-9a-f]{64}$/)
  expect(sealPlan(sealPlan(plan))).toEqual(sealPlan(plan))
})
